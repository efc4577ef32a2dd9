#include <cstring>
#include <string>

#include "tests/support/random_program.hpp"

namespace sporkle::testing {
namespace {

bool is_nan(DType type, std::uint64_t bits) {
    switch (type) {
        case DType::f64:
            return (bits & 0x7fffffffffffffffu) > 0x7ff0000000000000u;
        case DType::f32:
            return (bits & 0x7fffffffu) > 0x7f800000u;
        case DType::f16:
            return (bits & 0x7fffu) > 0x7c00u;
        case DType::bf16:
            return (bits & 0x7fffu) > 0x7f80u;
        default:
            return false;
    }
}

std::string place(const std::int64_t* subscripts, int rank) {
    std::string text = "(";
    for (int d = 0; d < rank; ++d) text += (d == 0 ? "" : ", ") + std::to_string(subscripts[d]);
    return text + ")";
}

/// Compares the elements and marks their bytes.
::testing::AssertionResult same_elements(const std::string& name, const CallTensor& expected,
                                         const CallTensor& actual, std::vector<bool>& is_element) {
    const auto size = static_cast<std::size_t>(size_of(expected.dtype));
    std::int64_t at[max_rank] = {};
    for (bool more = !expected.empty(); more;) {
        std::int64_t offset = 0;
        for (int d = 0; d < expected.rank; ++d) offset += at[d] * expected.strides[d];
        const std::size_t byte = expected.origin + static_cast<std::size_t>(offset) * size;
        std::uint64_t x = 0, y = 0;
        std::memcpy(&x, expected.bytes.data() + byte, size);
        std::memcpy(&y, actual.bytes.data() + byte, size);
        std::fill_n(is_element.begin() + static_cast<std::ptrdiff_t>(byte), size, true);
        if (x != y && !(is_nan(expected.dtype, x) && is_nan(expected.dtype, y)))
            return ::testing::AssertionFailure()
                   << std::hex << "tensor " << name << " of " << name_of(expected.dtype) << " at "
                   << place(at, expected.rank) << " of " << place(expected.extents, expected.rank)
                   << ": expected the bits " << x << ", got " << y;
        more = false;
        for (int d = expected.rank - 1; d >= 0 && !more; --d) {
            more = ++at[d] < expected.extents[d];
            if (!more) at[d] = 0;
        }
    }
    return ::testing::AssertionSuccess();
}

}  // namespace

::testing::AssertionResult same_bits(const Program& program, const Call& expected, const Call& actual) {
    for (int t = 0; t < program.tensor_count; ++t) {
        const CallTensor &x = expected.tensors[static_cast<std::size_t>(t)],
                         &y = actual.tensors[static_cast<std::size_t>(t)];
        const std::string name = "'" + std::string(program.tensors[t].name.view()) + "'";
        if (x.bytes.size() != y.bytes.size() || x.origin != y.origin)
            return ::testing::AssertionFailure() << "tensor " << name << ": the calls differ in layout";
        std::vector<bool> is_element(x.bytes.size());
        if (program.tensors[t].role == Role::output)
            if (const auto same = same_elements(name, x, y, is_element); !same) return same;
        for (std::size_t b = 0; b < x.bytes.size(); ++b)
            if (!is_element[b] && x.bytes[b] != y.bytes[b])
                return ::testing::AssertionFailure()
                       << "tensor " << name << ": a byte that is no element of an output was written, "
                       << static_cast<std::ptrdiff_t>(b) - static_cast<std::ptrdiff_t>(x.origin)
                       << " bytes from the first element";
    }
    return ::testing::AssertionSuccess();
}

}  // namespace sporkle::testing
