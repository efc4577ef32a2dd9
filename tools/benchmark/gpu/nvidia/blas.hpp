// cuBLAS, as far as the benchmark uses it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <sporkle/dtype.hpp>

#include "tools/benchmark/gpu/nvidia/cuda.hpp"

namespace sporkle::bench {

class CudaBlas {
  public:
    /// Null where there is no cuBLAS that works; `reason` says why. The Cuda outlives it.
    static std::unique_ptr<CudaBlas> open(Cuda& cuda, const std::vector<std::string>& folders,
                                          std::string& reason);
    ~CudaBlas();

    std::string version() const;

    enum class Math { standard, pedantic };

    /// A factor by columns is the transposed matrix in memory; a batch's matrices follow each other.
    struct Shape {
        int m = 0, n = 0, k = 0;
        bool a_by_columns = false, b_by_columns = false;
        int batch = 1;
    };
    /// c = a · b, f32, row-major: a is m × k, b is k × n. Never with TF32.
    void sgemm(Math math, const Shape& shape, const float* a, const float* b, float* c);
    /// y = a · x where a is m × n, or y = x · a.
    void sgemv(Math math, int m, int n, bool from_left, const float* a, const float* x, float* y);

    /// The same on matrix units: factors of f16 or bf16 with sums in f32, or of i8 with sums in i32.
    struct Product {
        DType factor = DType::f16, result = DType::f16;
        bool b_by_columns = false;  ///< b is n × k: columns of what is multiplied lie in its rows
        int m = 0, n = 0, k = 0;
    };
    void gemm(const Product& product, const void* a, const void* b, void* c);

  private:
    struct Functions {
        int (*create)(void**) = nullptr;
        int (*destroy)(void*) = nullptr;
        int (*get_version)(void*, int*) = nullptr;
        int (*set_stream)(void*, void*) = nullptr;
        int (*set_math)(void*, int) = nullptr;
        int (*sgemm)(void*, int, int, int, int, int, const float*, const float*, int, const float*, int,
                     const float*, float*, int) = nullptr;
        int (*sgemm_batch)(void*, int, int, int, int, int, const float*, const float*, int, long long,
                           const float*, int, long long, const float*, float*, int, long long, int) = nullptr;
        int (*sgemv)(void*, int, int, int, const float*, const float*, int, const float*, int, const float*,
                     float*, int) = nullptr;
        int (*gemm_ex)(void*, int, int, int, int, int, const void*, const void*, int, int, const void*, int,
                       int, const void*, void*, int, int, int, int) = nullptr;
    };
    CudaBlas(std::unique_ptr<Library> library, const Functions& functions, Cuda& cuda);
    void set_math(Math math);
    static void check(int result, const char* function);

    std::unique_ptr<Library> library_;
    Functions blas_;
    void* handle_ = nullptr;
};

}  // namespace sporkle::bench
