#include <sporkle/array.hpp>

#include <cstring>

#include "runtime/memory/array_memory.hpp"

namespace sporkle::detail {
namespace {

constexpr std::int64_t most_bytes = std::int64_t(1) << 62;

[[noreturn]] void fail(const std::string& what) { throw Error(ErrorCode::invalid_argument, what); }

std::string number(std::int64_t n) { return std::to_string(n); }

}  // namespace

std::int64_t element_count(std::span<const std::int64_t> extents, int element_bytes) {
    std::int64_t count = 1, bytes = element_bytes;  // an extent of 0 counts as 1 in `bytes`
    for (std::size_t d = 0; d < extents.size(); ++d) {
        if (extents[d] < 0)
            fail("dimension " + std::to_string(d) + " of an array has the negative extent " +
                 number(extents[d]));
        if (extents[d] > 1 && (__builtin_mul_overflow(bytes, extents[d], &bytes) || bytes > most_bytes))
            fail("an array with extent " + number(extents[d]) + " in dimension " + std::to_string(d) +
                 " is larger than any memory");
        count *= extents[d];
    }
    return count;
}

void dense_strides(std::span<const std::int64_t> extents, std::span<std::int64_t> strides) {
    std::int64_t stride = 1;
    for (std::size_t d = extents.size(); d-- > 0;) {
        strides[d] = stride;
        stride *= extents[d] > 1 ? extents[d] : 1;
    }
}

void* allocate_elements(std::int64_t count, int element_bytes) {
    const std::size_t bytes = static_cast<std::size_t>(count) * static_cast<std::size_t>(element_bytes);
    void* memory = runtime::allocate_array(bytes);
    if (memory == nullptr)
        throw Error(ErrorCode::out_of_memory,
                    "no memory for an array of " + std::to_string(bytes) + " bytes");
    return std::memset(memory, 0, bytes);
}

void free_elements(void* data) noexcept { runtime::release_array(data); }

std::int64_t slice_count(int dim, std::int64_t extent, std::int64_t begin, std::int64_t end,
                         std::int64_t step) {
    const auto refuse = [&](const std::string& why) {
        fail("slice(" + std::to_string(dim) + ", " + number(begin) + ", " + number(end) + ", " +
             number(step) + ") of a dimension of extent " + number(extent) + ": " + why);
    };
    if (step == 0) refuse("the step is 0");
    if (step > 0) {
        if (begin < 0 || begin > extent || end < begin || end > extent)
            refuse("begin and end must be in ascending order between 0 and the extent");
        return (end - begin) / step + ((end - begin) % step != 0 ? 1 : 0);
    }
    if (begin < -1 || begin >= extent || end > begin || end < -1)
        refuse(
            "with a negative step begin and end must be in descending order between the last element and -1");
    // The step may be the lowest number, whose negation does not exist.
    return (end - begin) / step + ((end - begin) % step != 0 ? 1 : 0);
}

void check_dim(int rank, int dim) {
    if (dim < 0 || dim >= rank)
        fail("dimension " + std::to_string(dim) + " of an array of rank " + std::to_string(rank));
}

void check_broadcast(int dim, std::int64_t extent, std::int64_t to) {
    if (extent != 1)
        fail("broadcast of dimension " + std::to_string(dim) + " of extent " + number(extent) +
             ": only dimensions of extent 1 can be repeated");
    if (to < 0)
        fail("broadcast of dimension " + std::to_string(dim) + " to the negative extent " + number(to));
}

void check_permutation(std::span<const int> order) {
    unsigned seen = 0;
    for (const int dim : order) {
        if (dim < 0 || static_cast<std::size_t>(dim) >= order.size() || (seen >> dim & 1))
            fail("permute: every dimension from 0 to " + std::to_string(order.size() - 1) +
                 " must be named once, but " + std::to_string(dim) + " is named");
        seen |= 1u << dim;
    }
}

void check_subscript(int dim, std::int64_t subscript, std::int64_t extent) {
    if (subscript < 0 || subscript >= extent)
        fail("subscript " + number(subscript) + " in dimension " + std::to_string(dim) + " of extent " +
             number(extent));
}

}  // namespace sporkle::detail
