#include "tools/benchmark/gpu/nvidia/cuda.hpp"

#include <sporkle/error.hpp>
#include <utility>

namespace sporkle::bench {
namespace {

constexpr unsigned spin_while_waiting = 1;  // CU_CTX_SCHED_SPIN: the quickest way to wait
constexpr unsigned ordinary_stream = 0;     // CU_STREAM_DEFAULT: in order with copies from the host
constexpr int capture_thread = 1;           // CU_STREAM_CAPTURE_MODE_THREAD_LOCAL
constexpr int out_of_memory = 2;            // CUDA_ERROR_OUT_OF_MEMORY

// floats[thread] += 1; the driver compiles it for whatever device there is.
constexpr char tiny_text[] = R"(
.version 6.3
.target sm_75
.address_size 64
.visible .entry tiny(.param .u64 floats)
{
    .reg .b32 %index;
    .reg .b64 %base, %offset;
    .reg .f32 %value;
    ld.param.u64 %base, [floats];
    cvta.to.global.u64 %base, %base;
    mov.u32 %index, %tid.x;
    mul.wide.u32 %offset, %index, 4;
    add.s64 %base, %base, %offset;
    ld.global.f32 %value, [%base];
    add.f32 %value, %value, 0f3F800000;
    st.global.f32 [%base], %value;
    ret;
}
)";

}  // namespace

std::unique_ptr<Cuda> Cuda::open(const std::vector<std::string>& folders, std::string& reason) {
    auto library = std::make_unique<Library>(std::vector<std::string>{"libcuda.so.1", "libcuda.so"}, folders);
    CudaFunctions f;
    library->bind(f.init, "cuInit");
    library->bind(f.error_name, "cuGetErrorName");
    library->bind(f.driver_version, "cuDriverGetVersion");
    library->bind(f.device_get, "cuDeviceGet");
    library->bind(f.device_name, "cuDeviceGetName");
    library->bind(f.set_context_flags, "cuDevicePrimaryCtxSetFlags_v2");
    library->bind(f.retain_context, "cuDevicePrimaryCtxRetain");
    library->bind(f.release_context, "cuDevicePrimaryCtxRelease_v2");
    library->bind(f.set_current, "cuCtxSetCurrent");
    library->bind(f.allocate, "cuMemAlloc_v2");
    library->bind(f.release, "cuMemFree_v2");
    library->bind(f.upload, "cuMemcpyHtoD_v2");
    library->bind(f.download, "cuMemcpyDtoH_v2");
    library->bind(f.copy_async, "cuMemcpyDtoDAsync_v2");
    library->bind(f.create_stream, "cuStreamCreate");
    library->bind(f.destroy_stream, "cuStreamDestroy_v2");
    library->bind(f.synchronize, "cuStreamSynchronize");
    library->bind(f.create_event, "cuEventCreate");
    library->bind(f.destroy_event, "cuEventDestroy_v2");
    library->bind(f.record_event, "cuEventRecord");
    library->bind(f.synchronize_event, "cuEventSynchronize");
    library->bind(f.elapsed, "cuEventElapsedTime");
    library->bind(f.load_module, "cuModuleLoadData");
    library->bind(f.unload_module, "cuModuleUnload");
    library->bind(f.get_function, "cuModuleGetFunction");
    library->bind(f.launch, "cuLaunchKernel");
    library->bind(f.begin_capture, "cuStreamBeginCapture_v2");
    library->bind(f.end_capture, "cuStreamEndCapture");
    library->bind(f.instantiate, "cuGraphInstantiateWithFlags");
    library->bind(f.launch_graph, "cuGraphLaunch");
    library->bind(f.destroy_graph, "cuGraphDestroy");
    library->bind(f.destroy_executable, "cuGraphExecDestroy");
    if (!library->reason().empty()) {
        reason = "no CUDA driver: " + library->reason();
        return nullptr;
    }
    try {
        return std::unique_ptr<Cuda>(new Cuda(std::move(library), f));
    } catch (const Error& error) {
        reason = error.what();
        return nullptr;
    }
}

Cuda::Cuda(std::unique_ptr<Library> library, const CudaFunctions& functions)
    : library_(std::move(library)), cuda_(functions) {
    int device = 0;
    check(cuda_.init(0), "cuInit");
    check(cuda_.device_get(&device, 0), "cuDeviceGet");
    char name[256] = {};
    check(cuda_.device_name(name, sizeof name, device), "cuDeviceGetName");
    name_ = name;
    check(cuda_.set_context_flags(device, spin_while_waiting), "cuDevicePrimaryCtxSetFlags");
    // cuBLAS and cuDNN work in the primary context, too.
    void *context = nullptr, *stream = nullptr;
    check(cuda_.retain_context(&context, device), "cuDevicePrimaryCtxRetain");
    context_ = {context, [release = cuda_.release_context, device](void*) { release(device); }};
    check(cuda_.set_current(context), "cuCtxSetCurrent");
    check(cuda_.create_stream(&stream, ordinary_stream), "cuStreamCreate");
    stream_ = {stream, cuda_.destroy_stream};
    for (Owned* const event : {&begin_, &end_}) {
        void* made = nullptr;
        check(cuda_.create_event(&made, 0), "cuEventCreate");
        *event = {made, cuda_.destroy_event};
    }
}

std::string Cuda::version() const {
    int version = 0;
    check(cuda_.driver_version(&version), "cuDriverGetVersion");
    return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

void Cuda::check(int result, const char* function) const {
    if (result == 0) return;
    const char* name = nullptr;
    if (cuda_.error_name(result, &name) != 0 || name == nullptr) name = "an unknown error";
    throw Error(result == out_of_memory ? ErrorCode::out_of_memory : ErrorCode::device_failure,
                std::string("CUDA: ") + function + ": " + name + " (" + std::to_string(result) + ")");
}

double Cuda::seconds(const std::function<void()>& enqueue) {
    check(cuda_.record_event(begin_.get(), stream()), "cuEventRecord");
    enqueue();
    check(cuda_.record_event(end_.get(), stream()), "cuEventRecord");
    check(cuda_.synchronize_event(end_.get()), "cuEventSynchronize");
    float milliseconds = 0;
    check(cuda_.elapsed(&milliseconds, begin_.get(), end_.get()), "cuEventElapsedTime");
    return double(milliseconds) * 1e-3;
}

void Cuda::wait() { check(cuda_.synchronize(stream()), "cuStreamSynchronize"); }

void Cuda::load_tiny() {
    if (tiny_ != nullptr) return;
    void* module = nullptr;
    check(cuda_.load_module(&module, tiny_text), "cuModuleLoadData");
    module_ = {module, cuda_.unload_module};
    check(cuda_.get_function(&tiny_, module, "tiny"), "cuModuleGetFunction");
}

void Cuda::launch_tiny(CudaFunctions::Address floats) {
    load_tiny();
    void* parameters[] = {&floats};
    check(cuda_.launch(tiny_, 1, 1, 1, 256, 1, 1, 0, stream(), parameters, nullptr), "cuLaunchKernel");
}

std::function<void()> Cuda::graph_of_tiny(CudaFunctions::Address floats, int count) {
    load_tiny();
    void *captured = nullptr, *made = nullptr;
    check(cuda_.begin_capture(stream(), capture_thread), "cuStreamBeginCapture");
    for (int n = 0; n < count; ++n) launch_tiny(floats);
    check(cuda_.end_capture(stream(), &captured), "cuStreamEndCapture");
    const Owned graph(captured, cuda_.destroy_graph);
    check(cuda_.instantiate(&made, captured, 0), "cuGraphInstantiate");
    const Owned executable(made, cuda_.destroy_executable);
    return [this, executable] {
        check(cuda_.launch_graph(executable.get(), stream()), "cuGraphLaunch");
        wait();
    };
}

CudaMemory::CudaMemory(Cuda& cuda, std::size_t bytes) : cuda_(&cuda), bytes_(bytes) {
    cuda.check(cuda.functions().allocate(&address_, bytes > 0 ? bytes : 1), "cuMemAlloc");
}

CudaMemory::CudaMemory(CudaMemory&& other) noexcept
    : cuda_(other.cuda_), address_(std::exchange(other.address_, 0)), bytes_(other.bytes_) {}

CudaMemory::~CudaMemory() {
    if (address_ != 0) cuda_->functions().release(address_);
}

void CudaMemory::put(const void* from) {
    cuda_->check(cuda_->functions().upload(address_, from, bytes_), "cuMemcpyHtoD");
}

void CudaMemory::get(void* to) const {
    cuda_->check(cuda_->functions().download(to, address_, bytes_), "cuMemcpyDtoH");
}

}  // namespace sporkle::bench
