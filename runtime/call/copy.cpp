#include "runtime/call/copy.hpp"

#include <cstdint>
#include <cstring>

namespace sporkle::runtime {
namespace {

template <class Word>
void copy_words(const TensorView& from, const TensorView& to, int rank) {
    constexpr auto bytes = static_cast<std::int64_t>(sizeof(Word));
    for (int d = 0; d < rank; ++d)
        if (from.extents[d] == 0) return;
    const int last = rank - 1;
    const std::int64_t inner = rank == 0 ? 1 : from.extents[last];
    const std::int64_t read_step = rank == 0 ? 1 : from.strides[last],
                       write_step = rank == 0 ? 1 : to.strides[last];
    std::int64_t place[max_rank] = {};
    for (;;) {
        std::int64_t read = 0, write = 0;
        for (int d = 0; d < last; ++d) {
            read += place[d] * from.strides[d];
            write += place[d] * to.strides[d];
        }
        const auto* source = static_cast<const std::byte*>(from.data) + read * bytes;
        auto* target = static_cast<std::byte*>(to.data) + write * bytes;
        if (read_step == 1 && write_step == 1) {
            std::memcpy(target, source, static_cast<std::size_t>(inner) * sizeof(Word));
        } else {
            for (std::int64_t i = 0; i < inner; ++i)
                std::memcpy(target + i * write_step * bytes, source + i * read_step * bytes, sizeof(Word));
        }
        int d = last - 1;
        for (; d >= 0; --d) {
            if (++place[d] < from.extents[d]) break;
            place[d] = 0;
        }
        if (d < 0) return;
    }
}

}  // namespace

void copy_elements(const TensorView& from, const TensorView& to, int rank, int element_bytes) {
    switch (element_bytes) {
        case 1:
            return copy_words<std::uint8_t>(from, to, rank);
        case 2:
            return copy_words<std::uint16_t>(from, to, rank);
        case 4:
            return copy_words<std::uint32_t>(from, to, rank);
        default:
            return copy_words<std::uint64_t>(from, to, rank);
    }
}

}  // namespace sporkle::runtime
