// A cuBLAS for tests: column-major products as written in a book. With FAKE_CUBLAS_TF32 in the environment it
// rounds factors to TF32's 10 bits, which a measured f32 product must not do.
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include <sporkle/half.hpp>

namespace {

struct Handle {
    int math = -1;
    bool has_stream = false;
};

float factor(float value) {
    static const bool tf32 = std::getenv("FAKE_CUBLAS_TF32") != nullptr;
    if (!tf32) return value;
    return std::bit_cast<float>((std::bit_cast<std::uint32_t>(value) + 0x1000u) & ~0x1fffu);
}

/// c = a · b, column-major; a is m × k with columns `lda` apart, or rows where it is transposed, b likewise.
template <class T, class Result>
void product(bool transposed, int m, int n, int k, const T* a, int lda, const T* b, int ldb, Result* c,
             int ldc, bool b_transposed = false) {
    const auto at = [](int row, int column, int columns_apart) {
        return static_cast<std::size_t>(column) * static_cast<std::size_t>(columns_apart) +
               static_cast<std::size_t>(row);
    };
    for (int column = 0; column < n; ++column)
        for (int row = 0; row < m; ++row) {
            float sum = 0;
            for (int p = 0; p < k; ++p)
                sum += factor(float(a[transposed ? at(p, row, lda) : at(row, p, lda)])) *
                       factor(float(b[b_transposed ? at(column, p, ldb) : at(p, column, ldb)]));
            c[at(row, column, ldc)] = Result(sum);
        }
}

}  // namespace

extern "C" {

int cublasCreate_v2(void** handle) {
    *handle = new Handle;
    return 0;
}
int cublasDestroy_v2(void* handle) {
    delete static_cast<Handle*>(handle);
    return 0;
}
int cublasGetVersion_v2(void*, int* version) {
    *version = 130100;
    return 0;
}
int cublasSetStream_v2(void* handle, void* stream) {
    static_cast<Handle*>(handle)->has_stream = stream != nullptr;
    return 0;
}
int cublasSetMathMode(void* handle, int math) {
    static_cast<Handle*>(handle)->math = math;
    return math == 0 || math == 2 ? 0 : 7;
}
int cublasSgemmStridedBatched(void* handle, int ta, int tb, int m, int n, int k, const float* alpha,
                              const float* a, int lda, long long next_a, const float* b, int ldb,
                              long long next_b, const float* beta, float* c, int ldc, long long next_c,
                              int batch) {
    const auto* state = static_cast<Handle*>(handle);
    if (!state->has_stream || state->math < 0 || *alpha != 1 || *beta != 0) return 7;
    if (lda < (ta != 0 ? k : m) || ldb < (tb != 0 ? n : k) || ldc < m) return 7;
    for (int number = 0; number < batch; ++number)
        product(ta != 0, m, n, k, a + number * next_a, lda, b + number * next_b, ldb, c + number * next_c,
                ldc, tb != 0);
    return 0;
}
int cublasSgemm_v2(void* handle, int ta, int tb, int m, int n, int k, const float* alpha, const float* a,
                   int lda, const float* b, int ldb, const float* beta, float* c, int ldc) {
    return cublasSgemmStridedBatched(handle, ta, tb, m, n, k, alpha, a, lda, 0, b, ldb, 0, beta, c, ldc, 0,
                                     1);
}
int cublasSgemv_v2(void* handle, int ta, int m, int n, const float* alpha, const float* a, int lda,
                   const float* x, int next_x, const float* beta, float* y, int next_y) {
    if (next_x != 1 || next_y != 1) return 7;
    const int rows = ta != 0 ? n : m, steps = ta != 0 ? m : n;
    return cublasSgemm_v2(handle, ta, 0, rows, 1, steps, alpha, a, lda, x, steps, beta, y, rows);
}
int cublasGemmEx(void*, int ta, int tb, int m, int n, int k, const void* alpha, const void* a, int a_type,
                 int lda, const void* b, int b_type, int ldb, const void* beta, void* c, int c_type, int ldc,
                 int compute, int algorithm) {
    if (tb != 0 || a_type != b_type || algorithm != -1) return 7;
    if (lda < (ta != 0 ? k : m) || ldb < k || ldc < m) return 7;
    const auto is = [&](int factors, int results, int sums) {
        return a_type == factors && c_type == results && compute == sums;
    };
    const auto multiply = [&]<class T, class Result, class Scalar>(T, Result, Scalar) {
        if (*static_cast<const Scalar*>(alpha) != 1 || *static_cast<const Scalar*>(beta) != 0) return 7;
        product(ta != 0, m, n, k, static_cast<const T*>(a), lda, static_cast<const T*>(b), ldb,
                static_cast<Result*>(c), ldc);
        return 0;
    };
    constexpr int f32 = 0, f16 = 2, i8 = 3, i32 = 10, bf16 = 14, f32_sums = 68, i32_sums = 72;
    if (is(f16, f16, f32_sums)) return multiply(sporkle::half(), sporkle::half(), float());
    if (is(bf16, f32, f32_sums)) return multiply(sporkle::bfloat16(), float(), float());
    if (is(i8, i32, i32_sums)) return multiply(std::int8_t(), std::int32_t(), int());
    return 15;
}

}  // extern "C"
