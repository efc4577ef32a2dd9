#include "tools/benchmark/gpu/nvidia/blas.hpp"

#include <sporkle/error.hpp>

namespace sporkle::bench {
namespace {

// Numbers of cuBLAS's enumerations.
constexpr int no_transpose = 0, transpose = 1;      // CUBLAS_OP_N, CUBLAS_OP_T
constexpr int default_math = 0, pedantic_math = 2;  // CUBLAS_DEFAULT_MATH, CUBLAS_PEDANTIC_MATH
constexpr int compute_f32 = 68, compute_i32 = 72;   // CUBLAS_COMPUTE_32F, CUBLAS_COMPUTE_32I
constexpr int default_algorithm = -1;               // CUBLAS_GEMM_DEFAULT

/// cudaDataType_t.
int data_type(DType type) {
    switch (type) {
        case DType::f32:
            return 0;  // CUDA_R_32F
        case DType::f16:
            return 2;  // CUDA_R_16F
        case DType::i8:
            return 3;  // CUDA_R_8I
        case DType::i32:
            return 10;  // CUDA_R_32I
        case DType::bf16:
            return 14;  // CUDA_R_16BF
        default:
            throw Error(ErrorCode::unsupported,
                        "cuBLAS: no products of " + std::string(name_of(type)) + " are measured");
    }
}

}  // namespace

std::unique_ptr<CudaBlas> CudaBlas::open(Cuda& cuda, const std::vector<std::string>& folders,
                                         std::string& reason) {
    auto library = std::make_unique<Library>(
        std::vector<std::string>{"libcublas.so.13", "libcublas.so.12", "libcublas.so.11", "libcublas.so"},
        folders);
    Functions f;
    library->bind(f.create, "cublasCreate_v2");
    library->bind(f.destroy, "cublasDestroy_v2");
    library->bind(f.get_version, "cublasGetVersion_v2");
    library->bind(f.set_stream, "cublasSetStream_v2");
    library->bind(f.set_math, "cublasSetMathMode");
    library->bind(f.sgemm, "cublasSgemm_v2");
    library->bind(f.sgemm_batch, "cublasSgemmStridedBatched");
    library->bind(f.sgemv, "cublasSgemv_v2");
    library->bind(f.gemm_ex, "cublasGemmEx");
    if (!library->reason().empty()) {
        reason = "no cuBLAS: " + library->reason();
        return nullptr;
    }
    try {
        return std::unique_ptr<CudaBlas>(new CudaBlas(std::move(library), f, cuda));
    } catch (const Error& error) {
        reason = error.what();
        return nullptr;
    }
}

CudaBlas::CudaBlas(std::unique_ptr<Library> library, const Functions& functions, Cuda& cuda)
    : library_(std::move(library)), blas_(functions) {
    check(blas_.create(&handle_), "cublasCreate");
    check(blas_.set_stream(handle_, cuda.stream()), "cublasSetStream");
}

CudaBlas::~CudaBlas() {
    if (handle_ != nullptr) blas_.destroy(handle_);
}

std::string CudaBlas::version() const {
    int version = 0;
    check(blas_.get_version(handle_, &version), "cublasGetVersion");
    return std::to_string(version) + " (" + library_->path() + ")";
}

void CudaBlas::check(int result, const char* function) {
    if (result != 0)
        throw Error(ErrorCode::device_failure,
                    std::string("cuBLAS: ") + function + " returns status " + std::to_string(result));
}

void CudaBlas::set_math(Math math) {
    check(blas_.set_math(handle_, math == Math::pedantic ? pedantic_math : default_math),
          "cublasSetMathMode");
}

// cuBLAS is column-major: what it sees of our matrices are the transposed ones, and (ab)ᵀ = bᵀaᵀ.
void CudaBlas::sgemm(Math math, const Shape& x, const float* a, const float* b, float* c) {
    set_math(math);
    const float one = 1, zero = 0;
    const int turn_a = x.a_by_columns ? transpose : no_transpose, line_a = x.a_by_columns ? x.m : x.k;
    const int turn_b = x.b_by_columns ? transpose : no_transpose, line_b = x.b_by_columns ? x.k : x.n;
    if (x.batch == 1)
        return check(
            blas_.sgemm(handle_, turn_b, turn_a, x.n, x.m, x.k, &one, b, line_b, a, line_a, &zero, c, x.n),
            "cublasSgemm");
    const auto elements = [](int rows, int columns) { return static_cast<long long>(rows) * columns; };
    check(blas_.sgemm_batch(handle_, turn_b, turn_a, x.n, x.m, x.k, &one, b, line_b, elements(x.k, x.n), a,
                            line_a, elements(x.m, x.k), &zero, c, x.n, elements(x.m, x.n), x.batch),
          "cublasSgemmStridedBatched");
}

void CudaBlas::sgemv(Math math, int m, int n, bool from_left, const float* a, const float* x, float* y) {
    set_math(math);
    const float one = 1, zero = 0;
    check(blas_.sgemv(handle_, from_left ? no_transpose : transpose, n, m, &one, a, n, x, 1, &zero, y, 1),
          "cublasSgemv");
}

void CudaBlas::gemm(const Product& x, const void* a, const void* b, void* c) {
    check(blas_.set_math(handle_, default_math), "cublasSetMathMode");
    const bool of_integers = x.factor == DType::i8;
    const float one = 1, zero = 0;
    const int integer_one = 1, integer_zero = 0;
    const void* const alpha = of_integers ? static_cast<const void*>(&integer_one) : &one;
    const void* const beta = of_integers ? static_cast<const void*>(&integer_zero) : &zero;
    check(blas_.gemm_ex(handle_, x.b_by_columns ? transpose : no_transpose, no_transpose, x.n, x.m, x.k,
                        alpha, b, data_type(x.factor), x.b_by_columns ? x.k : x.n, a, data_type(x.factor),
                        x.k, beta, c, data_type(x.result), x.n, of_integers ? compute_i32 : compute_f32,
                        default_algorithm),
          "cublasGemmEx");
}

}  // namespace sporkle::bench
