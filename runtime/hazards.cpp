#include "runtime/hazards.hpp"

namespace sporkle::runtime {
namespace {

/// Ranges to remember. A barrier after so many costs nothing against the launches between, and looking
/// through ever more of them would.
constexpr std::size_t most_ranges = 512;

constexpr Touched everything{0, ~std::uint64_t(0), true};

bool conflict(const Touched& x, const Touched& y) {
    return (x.writes || y.writes) && x.begin < y.end && y.begin < x.end;
}

}  // namespace

bool Hazards::demand_barrier(std::span<const Touched> memory) {
    if (memory.empty()) memory = {&everything, 1};
    bool due = since_.size() + memory.size() > most_ranges && !since_.empty();
    for (const Touched& before : since_)
        for (const Touched& now : memory) due = due || conflict(before, now);
    if (due) since_.clear();
    since_.insert(since_.end(), memory.begin(), memory.end());
    return due;
}

}  // namespace sporkle::runtime
