#include "tools/benchmark/gpu/nvidia/dnn.hpp"

#include <sporkle/error.hpp>

namespace sporkle::bench {
namespace {

// Numbers of cuDNN's enumerations.
constexpr int nchw = 0, nhwc = 1;     // cudnnTensorFormat_t
constexpr int data_f32 = 0;           // CUDNN_DATA_FLOAT
constexpr int data_f16 = 2;           // CUDNN_DATA_HALF
constexpr int cross_correlation = 1;  // CUDNN_CROSS_CORRELATION
constexpr int tensor_math = 1;        // CUDNN_TENSOR_OP_MATH
constexpr int fma_math = 3;           // CUDNN_FMA_MATH: no matrix units, so no TF32

constexpr struct {
    int number;
    const char* name;
    bool same_arithmetic;
} algorithms[] = {{0, "implicit GEMM", true}, {1, "precomputed implicit GEMM", true},
                  {2, "GEMM", true},          {3, "direct", true},
                  {4, "FFT", false},          {5, "FFT tiling", false},
                  {6, "Winograd", false},     {7, "Winograd nonfused", false}};

}  // namespace

struct CudaDnn::Descriptors {
    Descriptors(CudaDnn& owner, const Conv& c, DType type) : dnn(owner.dnn_) {
        const int data = type == DType::f16 ? data_f16 : data_f32;
        const int format = c.layout == Layout::nhwc ? nhwc : nchw;
        owner.check(dnn.create_tensor(&input), "cudnnCreateTensorDescriptor");
        owner.check(dnn.create_tensor(&output), "cudnnCreateTensorDescriptor");
        owner.check(dnn.create_filter(&weights), "cudnnCreateFilterDescriptor");
        owner.check(dnn.create_convolution(&convolution), "cudnnCreateConvolutionDescriptor");
        owner.check(dnn.set_tensor(input, format, data, c.n, c.ci, c.size, c.size),
                    "cudnnSetTensor4dDescriptor");
        owner.check(dnn.set_tensor(output, format, data, c.n, c.co, c.out_size(), c.out_size()),
                    "cudnnSetTensor4dDescriptor");
        owner.check(dnn.set_filter(weights, data, format, c.co, c.ci, c.r, c.r),
                    "cudnnSetFilter4dDescriptor");
        owner.check(dnn.set_convolution(convolution, c.padding, c.padding, c.stride, c.stride, 1, 1,
                                        cross_correlation, data_f32),
                    "cudnnSetConvolution2dDescriptor");
        owner.check(dnn.set_math(convolution, type == DType::f16 ? tensor_math : fma_math),
                    "cudnnSetConvolutionMathType");
    }
    ~Descriptors() {
        if (input != nullptr) dnn.destroy_tensor(input);
        if (output != nullptr) dnn.destroy_tensor(output);
        if (weights != nullptr) dnn.destroy_filter(weights);
        if (convolution != nullptr) dnn.destroy_convolution(convolution);
    }
    Descriptors(const Descriptors&) = delete;
    Descriptors& operator=(const Descriptors&) = delete;

    const Functions& dnn;
    void *input = nullptr, *output = nullptr, *weights = nullptr, *convolution = nullptr;
};

std::unique_ptr<CudaDnn> CudaDnn::open(Cuda& cuda, const std::vector<std::string>& folders,
                                       std::string& reason) {
    auto library = std::make_unique<Library>(
        std::vector<std::string>{"libcudnn.so.9", "libcudnn.so.8", "libcudnn.so"}, folders);
    Functions f;
    library->bind(f.create, "cudnnCreate");
    library->bind(f.destroy, "cudnnDestroy");
    library->bind(f.get_version, "cudnnGetVersion");
    library->bind(f.error_string, "cudnnGetErrorString");
    library->bind(f.set_stream, "cudnnSetStream");
    library->bind(f.create_tensor, "cudnnCreateTensorDescriptor");
    library->bind(f.destroy_tensor, "cudnnDestroyTensorDescriptor");
    library->bind(f.set_tensor, "cudnnSetTensor4dDescriptor");
    library->bind(f.create_filter, "cudnnCreateFilterDescriptor");
    library->bind(f.destroy_filter, "cudnnDestroyFilterDescriptor");
    library->bind(f.set_filter, "cudnnSetFilter4dDescriptor");
    library->bind(f.create_convolution, "cudnnCreateConvolutionDescriptor");
    library->bind(f.destroy_convolution, "cudnnDestroyConvolutionDescriptor");
    library->bind(f.set_convolution, "cudnnSetConvolution2dDescriptor");
    library->bind(f.set_math, "cudnnSetConvolutionMathType");
    library->bind(f.workspace, "cudnnGetConvolutionForwardWorkspaceSize");
    library->bind(f.forward, "cudnnConvolutionForward");
    if (!library->reason().empty()) {
        reason = "no cuDNN: " + library->reason();
        return nullptr;
    }
    try {
        return std::unique_ptr<CudaDnn>(new CudaDnn(std::move(library), f, cuda));
    } catch (const Error& error) {
        reason = error.what();
        return nullptr;
    }
}

CudaDnn::CudaDnn(std::unique_ptr<Library> library, const Functions& functions, Cuda& cuda)
    : library_(std::move(library)), dnn_(functions), cuda_(cuda) {
    check(dnn_.create(&handle_), "cudnnCreate");
    check(dnn_.set_stream(handle_, cuda.stream()), "cudnnSetStream");
}

CudaDnn::~CudaDnn() {
    if (handle_ != nullptr) dnn_.destroy(handle_);
}

std::string CudaDnn::version() const {
    return std::to_string(dnn_.get_version()) + " (" + library_->path() + ")";
}

void CudaDnn::check(int result, const char* function) const {
    if (result == 0) return;
    const char* text = dnn_.error_string(result);
    throw Error(ErrorCode::device_failure, std::string("cuDNN: ") + function + ": " +
                                               (text != nullptr ? text : "status " + std::to_string(result)));
}

std::vector<CudaDnn::Algorithm> CudaDnn::convolutions(const Conv& conv, DType type) {
    const auto descriptors = std::make_shared<const Descriptors>(*this, conv, type);
    std::vector<Algorithm> found;
    for (const auto& algorithm : algorithms) {
        std::size_t bytes = 0;
        if (dnn_.workspace(handle_, descriptors->input, descriptors->weights, descriptors->convolution,
                           descriptors->output, algorithm.number, &bytes) != 0)
            continue;  // it has no such algorithm for this shape
        std::shared_ptr<CudaMemory> workspace;
        try {
            workspace = std::make_shared<CudaMemory>(cuda_, bytes);
        } catch (const Error&) {
            continue;  // nobody could use it here
        }
        found.push_back(
            {std::string("cuDNN ") + algorithm.name + (conv.layout == Layout::nhwc ? ", NHWC" : ""),
             algorithm.same_arithmetic, [=, this, number = algorithm.number] {
                 const float one = 1, zero = 0;
                 check(
                     dnn_.forward(handle_, &one, descriptors->input, conv.input, descriptors->weights,
                                  conv.weights, descriptors->convolution, number, workspace->pointer<void>(),
                                  bytes, &zero, descriptors->output, conv.output),
                     "cudnnConvolutionForward");
             }});
    }
    return found;
}

}  // namespace sporkle::bench
