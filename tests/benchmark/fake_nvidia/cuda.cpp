// A CUDA driver for tests, on the process's own memory: what a call does is done when it returns.
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

using Handle = void*;
using Address = unsigned long long;

double now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct Event {
    double time = 0;
};
/// A captured stream: so many launches of the tiny kernel.
struct Graph {
    float* floats = nullptr;
    int launches = 0;
};

int stream, context, module, function;
Graph* capturing = nullptr;
int objects = 0;  // made and not destroyed

void add_one(float* floats, int times) {
    for (int n = 0; n < 256; ++n) floats[n] += static_cast<float>(times);
}

}  // namespace

extern "C" {

int cuInit(unsigned) { return std::getenv("FAKE_CUDA_WITHOUT_DEVICE") != nullptr ? 100 : 0; }
int cuGetErrorName(int result, const char** name) {
    *name = result == 100 ? "CUDA_ERROR_NO_DEVICE" : "CUDA_ERROR_UNKNOWN";
    return 0;
}
int cuDriverGetVersion(int* version) {
    *version = 13010;
    return 0;
}
int cuDeviceGet(int* device, int ordinal) {
    *device = 7 + ordinal;
    return 0;
}
int cuDeviceGetName(char* name, int bytes, int device) {
    std::strncpy(name, device == 7 ? "Fake GPU" : "unknown", static_cast<std::size_t>(bytes));
    return 0;
}
int cuDevicePrimaryCtxSetFlags_v2(int, unsigned) { return 0; }
int cuDevicePrimaryCtxRetain(Handle* handle, int) {
    *handle = &context;
    return 0;
}
int cuDevicePrimaryCtxRelease_v2(int) { return 0; }
int cuCtxSetCurrent(Handle handle) { return handle == &context ? 0 : 1; }
int cuMemAlloc_v2(Address* address, std::size_t bytes) {
    *address = reinterpret_cast<Address>(std::malloc(bytes));
    return *address != 0 ? 0 : 2;
}
int cuMemFree_v2(Address address) {
    std::free(reinterpret_cast<void*>(address));
    return 0;
}
int cuMemcpyHtoD_v2(Address to, const void* from, std::size_t bytes) {
    std::memcpy(reinterpret_cast<void*>(to), from, bytes);
    return 0;
}
int cuMemcpyDtoH_v2(void* to, Address from, std::size_t bytes) {
    std::memcpy(to, reinterpret_cast<const void*>(from), bytes);
    return 0;
}
int cuMemcpyDtoDAsync_v2(Address to, Address from, std::size_t bytes, Handle) {
    std::memcpy(reinterpret_cast<void*>(to), reinterpret_cast<const void*>(from), bytes);
    return 0;
}
int cuStreamCreate(Handle* handle, unsigned) {
    *handle = &stream;
    ++objects;
    return 0;
}
int cuStreamDestroy_v2(Handle) {
    --objects;
    return 0;
}
int cuStreamSynchronize(Handle handle) { return handle == &stream && capturing == nullptr ? 0 : 1; }
int cuEventCreate(Handle* handle, unsigned) {
    *handle = new Event;
    ++objects;
    return 0;
}
int cuEventDestroy_v2(Handle event) {
    delete static_cast<Event*>(event);
    --objects;
    return 0;
}
int cuEventRecord(Handle event, Handle) {
    static_cast<Event*>(event)->time = now();
    return 0;
}
int cuEventSynchronize(Handle) { return 0; }
int cuEventElapsedTime(float* milliseconds, Handle begin, Handle end) {
    *milliseconds =
        static_cast<float>(1e3 * (static_cast<Event*>(end)->time - static_cast<Event*>(begin)->time));
    return 0;
}
int cuModuleLoadData(Handle* handle, const void* text) {
    if (std::strstr(static_cast<const char*>(text), ".entry tiny") == nullptr) return 218;
    *handle = &module;
    ++objects;
    return 0;
}
int cuModuleUnload(Handle) {
    --objects;
    return 0;
}
int cuModuleGetFunction(Handle* handle, Handle, const char* name) {
    *handle = &function;
    return std::string(name) == "tiny" ? 0 : 500;
}
int cuLaunchKernel(Handle what, unsigned, unsigned, unsigned, unsigned x, unsigned, unsigned, unsigned,
                   Handle on, void** parameters, void**) {
    if (what != &function || on != &stream || x != 256) return 1;
    auto* const floats = reinterpret_cast<float*>(*static_cast<Address*>(parameters[0]));
    if (capturing != nullptr) {
        capturing->floats = floats;
        ++capturing->launches;
    } else {
        add_one(floats, 1);
    }
    return 0;
}
int cuStreamBeginCapture_v2(Handle, int) {
    capturing = new Graph;
    ++objects;
    return 0;
}
int cuStreamEndCapture(Handle, Handle* graph) {
    *graph = capturing;
    capturing = nullptr;
    return 0;
}
int cuGraphInstantiateWithFlags(Handle* executable, Handle graph, unsigned long long) {
    *executable = new Graph(*static_cast<Graph*>(graph));
    ++objects;
    return 0;
}
int cuGraphDestroy(Handle graph) {
    delete static_cast<Graph*>(graph);
    --objects;
    return 0;
}
int cuGraphExecDestroy(Handle executable) { return cuGraphDestroy(executable); }
int cuGraphLaunch(Handle executable, Handle) {
    const auto* graph = static_cast<Graph*>(executable);
    add_one(graph->floats, graph->launches);
    return 0;
}

/// No function of CUDA's.
int fake_cuda_objects() { return objects; }

}  // extern "C"
