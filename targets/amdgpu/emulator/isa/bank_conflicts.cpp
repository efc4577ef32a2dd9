#include "targets/amdgpu/emulator/isa/bank_conflicts.hpp"

#include <algorithm>
#include <array>

namespace sporkle::amdgpu::emulator {
namespace {

constexpr int max_banks = 32;

/// The most words that one bank has to give to lanes first to last - 1.
int most_wanted(const std::uint64_t* addresses, std::uint64_t mask, int words, int first, int last,
                int banks) {
    // Nearly always each bank is asked for one word only: that is looked at first.
    std::array<std::uint64_t, max_banks> word_of;
    std::uint32_t used = 0;
    bool several = false;
    for (int l = first; l < last; ++l) {
        if (!(mask >> l & 1)) continue;
        for (int word = 0; word < words; ++word) {
            const std::uint64_t dword = addresses[l] / 4 + static_cast<std::uint64_t>(word);
            const auto bank = static_cast<unsigned>(dword) & static_cast<unsigned>(banks - 1);
            several |= (used >> bank & 1) && word_of[bank] != dword;
            used |= 1u << bank;
            word_of[bank] = dword;
        }
    }
    if (!several) return 1;
    std::array<std::array<std::uint64_t, max_banks>, max_banks> known;
    std::array<int, max_banks> count{};
    int most = 1;
    for (int l = first; l < last; ++l) {
        if (!(mask >> l & 1)) continue;
        for (int word = 0; word < words; ++word) {
            const std::uint64_t dword = addresses[l] / 4 + static_cast<std::uint64_t>(word);
            const auto bank = static_cast<std::size_t>(dword) & static_cast<std::size_t>(banks - 1);
            const auto end = known[bank].begin() + count[bank];
            if (std::find(known[bank].begin(), end, dword) != end) continue;
            known[bank][static_cast<std::size_t>(count[bank]++)] = dword;
            most = std::max(most, count[bank]);
        }
    }
    return most;
}

}  // namespace

int bank_conflicts(const std::uint64_t* addresses, std::uint64_t mask, int bytes, int lanes, int banks) {
    const int words = std::max(1, (bytes + 3) / 4), group = std::max(1, banks / words);
    int extra = 0;
    for (int first = 0; first < lanes; first += group) {
        const int last = std::min(first + group, lanes);
        // All within as many bytes as the banks are wide: no two words share a bank.
        const auto [low, high] = std::minmax_element(addresses + first, addresses + last);
        if (*high + static_cast<std::uint64_t>(4 * words) - (*low & ~std::uint64_t{3}) <=
            static_cast<std::uint64_t>(4 * banks))
            continue;
        extra += most_wanted(addresses, mask, words, first, last, banks) - 1;
    }
    return extra;
}

}  // namespace sporkle::amdgpu::emulator
