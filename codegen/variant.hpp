// Variant: a kernel lowered for one architecture by one schedule: an ordered list of dispatches and the
// conditions under which it may be called.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sporkle/program.hpp>

#include "codegen/formula.hpp"
#include "codegen/ir/tile.hpp"
#include "codegen/machine.hpp"
#include "codegen/schedule.hpp"

namespace sporkle::codegen {

/// A condition on a call that the variant relies on. Where it does not hold the runtime takes another
/// variant. Dimensions of extent 1 satisfy every condition on strides.
enum class Condition : std::uint8_t {
    stride_is,        ///< tensor, dim: the stride is `value` elements
    dense,            ///< tensor: strides are those of a row-major array of its extents
    aligned,          ///< tensor: base address is a multiple of `value` bytes
    extent_multiple,  ///< index: the extent is a multiple of `value`
    extent_at_most,   ///< index: the extent is at most `value`
    extent_at_least,  ///< index: the extent is at least `value`; beyond 1 for speed's sake only
    stride_multiple,  ///< tensor, dim: the stride is a multiple of `value` elements
    numbers_fit_32,   ///< the call's numbers are small: <sporkle/narrow.hpp>
};

struct Precondition {
    Condition condition = Condition::stride_is;
    std::uint8_t tensor = 0;
    std::uint8_t dim = 0;
    std::uint8_t index = 0;
    std::int64_t value = 0;
    friend bool operator==(const Precondition&, const Precondition&) = default;
};

struct Dispatch {
    tile::Kernel kernel;
    Formula grid[3] = {Formula::constant(1), Formula::constant(1), Formula::constant(1)};
};

/// Memory of the variant beyond the caller's tensors. Each buffer has one word at the end of the parameter
/// block, in order: for shared scratch its address, for task scratch its byte offset in the arena of the
/// running task. All are aligned to 64 bytes.
struct Scratch {
    std::string name;
    bool per_task = false;
    Formula bytes;
};

struct Variant {
    Schedule schedule;
    Machine machine;
    std::vector<Scratch> scratch;
    std::vector<Precondition> preconditions;
    std::vector<Dispatch> dispatches;
    Numerics numerics = Numerics::reproducible;
};

/// The schedules worth having for a Program on a machine, best guess first, pruned by the analytic model of
/// lower/enumerate.cpp. The last one has no preconditions, so that every call finds a variant.
std::vector<Schedule> enumerate_schedules(const Program& program, const Machine& machine);

/// Lowers a valid Program by one schedule. Throws sporkle::Error when the schedule does not fit the Program.
/// Every Tile IR kernel it returns has passed the verifier.
Variant lower(const Program& program, const Schedule& schedule, const Machine& machine);

}  // namespace sporkle::codegen
