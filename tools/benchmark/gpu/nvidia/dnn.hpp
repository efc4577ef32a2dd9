// cuDNN's forward convolutions, as far as the benchmark uses them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <sporkle/dtype.hpp>

#include "tools/benchmark/gpu/nvidia/cuda.hpp"
#include "tools/benchmark/peers/peer.hpp"

namespace sporkle::bench {

class CudaDnn {
  public:
    /// Null where there is no cuDNN that works; `reason` says why. The Cuda outlives it.
    static std::unique_ptr<CudaDnn> open(Cuda& cuda, const std::vector<std::string>& folders,
                                         std::string& reason);
    ~CudaDnn();

    std::string version() const;

    /// One algorithm of cuDNN, ready to run a convolution.
    struct Algorithm {
        std::string name;
        bool same_arithmetic =
            true;  ///< false for Winograd and FFT, which do less work and round differently
        std::function<void()> enqueue;
    };
    /// Those that cuDNN offers for a convolution, of f32 with multiply-adds and no TF32, or of f16 on matrix
    /// units with sums in f32. Pointers are of the device, to elements of the type. Weights are
    /// [co][ci][r][r] for nchw and [co][r][r][ci] for nhwc.
    std::vector<Algorithm> convolutions(const Conv& conv, DType type = DType::f32);

  private:
    struct Functions {
        int (*create)(void**) = nullptr;
        int (*destroy)(void*) = nullptr;
        std::size_t (*get_version)() = nullptr;
        const char* (*error_string)(int) = nullptr;
        int (*set_stream)(void*, void*) = nullptr;
        int (*create_tensor)(void**) = nullptr;
        int (*destroy_tensor)(void*) = nullptr;
        int (*set_tensor)(void*, int, int, int, int, int, int) = nullptr;
        int (*create_filter)(void**) = nullptr;
        int (*destroy_filter)(void*) = nullptr;
        int (*set_filter)(void*, int, int, int, int, int, int) = nullptr;
        int (*create_convolution)(void**) = nullptr;
        int (*destroy_convolution)(void*) = nullptr;
        int (*set_convolution)(void*, int, int, int, int, int, int, int, int) = nullptr;
        int (*set_math)(void*, int) = nullptr;
        int (*workspace)(void*, void*, void*, void*, void*, int, std::size_t*) = nullptr;
        int (*forward)(void*, const void*, void*, const void*, void*, const void*, void*, int, void*,
                       std::size_t, const void*, void*, void*) = nullptr;
    };
    /// The descriptors of one convolution.
    struct Descriptors;

    CudaDnn(std::unique_ptr<Library> library, const Functions& functions, Cuda& cuda);
    void check(int result, const char* function) const;

    std::unique_ptr<Library> library_;
    Functions dnn_;
    Cuda& cuda_;
    void* handle_ = nullptr;
};

}  // namespace sporkle::bench
