// A cuDNN for tests: forward convolution as written in a book, offered as four of its algorithms.
#include <cstddef>

namespace {

struct Tensor {
    int format, n, c, h, w;
};
struct Filter {
    int format, k, c, r, s;
};
struct Convolution {
    int padding, stride, math;
};

constexpr int bad_parameter = 2000, not_supported = 3000;

std::size_t place(int format, int n, int c, int y, int x, int channels, int h, int w) {
    const auto z = [](int number) { return static_cast<std::size_t>(number); };
    return format == 1 ? ((z(n) * z(h) + z(y)) * z(w) + z(x)) * z(channels) + z(c)
                       : ((z(n) * z(channels) + z(c)) * z(h) + z(y)) * z(w) + z(x);
}

template <class T>
int create(void** object) {
    *object = new T{};
    return 0;
}
template <class T>
int destroy(void* object) {
    delete static_cast<T*>(object);
    return 0;
}

}  // namespace

extern "C" {

int cudnnCreate(void** handle) { return create<int>(handle); }
int cudnnDestroy(void* handle) { return destroy<int>(handle); }
std::size_t cudnnGetVersion() { return 91300; }
const char* cudnnGetErrorString(int status) {
    return status == bad_parameter ? "CUDNN_STATUS_BAD_PARAM" : "CUDNN_STATUS_NOT_SUPPORTED";
}
int cudnnSetStream(void*, void* stream) { return stream != nullptr ? 0 : bad_parameter; }
int cudnnCreateTensorDescriptor(void** tensor) { return create<Tensor>(tensor); }
int cudnnDestroyTensorDescriptor(void* tensor) { return destroy<Tensor>(tensor); }
int cudnnSetTensor4dDescriptor(void* tensor, int format, int dtype, int n, int c, int h, int w) {
    *static_cast<Tensor*>(tensor) = {format, n, c, h, w};
    return dtype == 0 ? 0 : bad_parameter;
}
int cudnnCreateFilterDescriptor(void** filter) { return create<Filter>(filter); }
int cudnnDestroyFilterDescriptor(void* filter) { return destroy<Filter>(filter); }
int cudnnSetFilter4dDescriptor(void* filter, int dtype, int format, int k, int c, int r, int s) {
    *static_cast<Filter*>(filter) = {format, k, c, r, s};
    return dtype == 0 ? 0 : bad_parameter;
}
int cudnnCreateConvolutionDescriptor(void** convolution) { return create<Convolution>(convolution); }
int cudnnDestroyConvolutionDescriptor(void* convolution) { return destroy<Convolution>(convolution); }
int cudnnSetConvolution2dDescriptor(void* convolution, int pad_h, int pad_w, int stride_h, int stride_w,
                                    int dilation_h, int dilation_w, int mode, int dtype) {
    *static_cast<Convolution*>(convolution) = {pad_h, stride_h, 0};
    return pad_h == pad_w && stride_h == stride_w && dilation_h == 1 && dilation_w == 1 && mode == 1 &&
                   dtype == 0
               ? 0
               : bad_parameter;
}
int cudnnSetConvolutionMathType(void* convolution, int math) {
    static_cast<Convolution*>(convolution)->math = math;
    return 0;
}
int cudnnGetConvolutionForwardWorkspaceSize(void*, void*, void*, void*, void*, int algorithm,
                                            std::size_t* bytes) {
    if (algorithm != 0 && algorithm != 1 && algorithm != 2 && algorithm != 6) return not_supported;
    *bytes = algorithm == 0 ? 0 : 64;
    return 0;
}
int cudnnConvolutionForward(void*, const void* alpha, void* input, const void* x, void* filter, const void* w,
                            void* convolution, int algorithm, void* workspace, std::size_t bytes,
                            const void* beta, void* output, void* y) {
    const auto& in = *static_cast<Tensor*>(input);
    const auto& out = *static_cast<Tensor*>(output);
    const auto& f = *static_cast<Filter*>(filter);
    const auto& conv = *static_cast<Convolution*>(convolution);
    constexpr int fma_only = 3;
    if (*static_cast<const float*>(alpha) != 1 || *static_cast<const float*>(beta) != 0 ||
        conv.math != fma_only || in.format != f.format || in.format != out.format || in.c != f.c ||
        out.c != f.k || (algorithm != 0 && (bytes < 64 || workspace == nullptr)))
        return bad_parameter;
    for (int n = 0; n < out.n; ++n)
        for (int k = 0; k < out.c; ++k)
            for (int v = 0; v < out.h; ++v)
                for (int u = 0; u < out.w; ++u) {
                    float sum = 0;
                    for (int c = 0; c < in.c; ++c)
                        for (int r = 0; r < f.r; ++r)
                            for (int s = 0; s < f.s; ++s) {
                                const int row = v * conv.stride + r - conv.padding;
                                const int column = u * conv.stride + s - conv.padding;
                                if (row < 0 || row >= in.h || column < 0 || column >= in.w) continue;
                                sum +=
                                    static_cast<const float*>(
                                        x)[place(in.format, n, c, row, column, in.c, in.h, in.w)] *
                                    static_cast<const float*>(w)[place(f.format, k, c, r, s, f.c, f.r, f.s)];
                            }
                    static_cast<float*>(y)[place(out.format, n, k, v, u, out.c, out.h, out.w)] = sum;
                }
    return 0;
}

}  // extern "C"
