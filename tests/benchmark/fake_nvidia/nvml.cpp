// A management library for tests: one GPU that always runs at the same clocks.
#include <cstring>

namespace {

int device;

}  // namespace

extern "C" {

int nvmlInit_v2() { return 0; }
int nvmlShutdown() { return 0; }
int nvmlSystemGetDriverVersion(char* text, unsigned bytes) {
    std::strncpy(text, "580.1", bytes);
    return 0;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void** handle) {
    *handle = &device;
    return index == 0 ? 0 : 6;
}
int nvmlDeviceGetClockInfo(void*, int kind, unsigned* megahertz) {
    *megahertz = kind == 1 ? 1980 : 3201;
    return 0;
}
int nvmlDeviceGetPowerUsage(void*, unsigned* milliwatts) {
    *milliwatts = 412900;
    return 0;
}
int nvmlDeviceGetTemperature(void*, int, unsigned*) { return 3; }  // not supported

}  // extern "C"
