// s_waitcnt and its successors: what counters each waits for, and how the immediate says so.
#include <algorithm>
#include <string_view>

#include "targets/amdgpu/emulator/isa/bind.hpp"
#include "targets/amdgpu/emulator/isa/wave.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

void wait(Wave& w, Counter counter, unsigned left) {
    const std::uint64_t until = w.outstanding.wait(counter, left);
    if (until > w.time) {
        w.counters->stall_cycles += until - w.time;
        w.time = until;
    }
}
unsigned field(const Instruction& i, int high, int low) {
    return static_cast<unsigned>(i.offset) >> low & ((1u << (high - low + 1)) - 1);
}

/// s_waitcnt: vector memory, exports, and LDS with scalar memory.
template <Generation generation>
void run_waitcnt(Wave& w, const Instruction& i) {
    if constexpr (generation == Generation::gfx11) {
        wait(w, Counter::load, field(i, 15, 10));
        wait(w, Counter::lds, field(i, 9, 4));
        wait(w, Counter::exports, field(i, 2, 0));
    } else {
        const unsigned loads = field(i, 3, 0) | field(i, 15, 14) << 4;
        const unsigned lds = generation == Generation::gfx9 ? field(i, 11, 8) : field(i, 13, 8);
        // All ones stand for "do not wait"; the counters never exceed them.
        wait(w, Counter::load, loads);
        wait(w, Counter::lds, lds);
        wait(w, Counter::exports, field(i, 6, 4));
    }
}
template <Counter counter>
void run_one(Wave& w, const Instruction& i) {
    wait(w, counter, field(i, 15, 0));
}
template <Counter counter>
void run_with_lds(Wave& w, const Instruction& i) {
    wait(w, counter, field(i, 13, 8));
    wait(w, Counter::lds, field(i, 5, 0));
}
void run_all(Wave& w, const Instruction&) {
    for (int counter = 0; counter < counter_kinds; ++counter) wait(w, static_cast<Counter>(counter), 0);
}
/// Counters of instructions that this emulator does not have.
void run_nothing(Wave&, const Instruction&) {}

struct Entry {
    std::string_view name;
    Handler run;
};
constexpr Entry entries[] = {
    {"s_waitcnt_vscnt", run_one<Counter::store>},
    {"s_waitcnt_vmcnt", run_one<Counter::load>},
    {"s_waitcnt_lgkmcnt", run_one<Counter::lds>},
    {"s_waitcnt_expcnt", run_one<Counter::exports>},
    {"s_wait_loadcnt", run_one<Counter::load>},
    {"s_wait_storecnt", run_one<Counter::store>},
    {"s_wait_dscnt", run_one<Counter::lds>},
    {"s_wait_kmcnt", run_one<Counter::scalar>},
    {"s_wait_expcnt", run_one<Counter::exports>},
    {"s_wait_loadcnt_dscnt", run_with_lds<Counter::load>},
    {"s_wait_storecnt_dscnt", run_with_lds<Counter::store>},
    {"s_wait_samplecnt", run_nothing},
    {"s_wait_bvhcnt", run_nothing},
    {"s_wait_idle", run_all},
};

}  // namespace

bool bind_wait(const Binding& binding, Instruction& i) {
    i.kind = InstructionClass::salu;
    if (binding.name == "s_waitcnt") {
        i.run = binding.chip.generation == Generation::gfx9    ? run_waitcnt<Generation::gfx9>
                : binding.chip.generation == Generation::gfx10 ? run_waitcnt<Generation::gfx10>
                                                               : run_waitcnt<Generation::gfx11>;
        return true;
    }
    const auto* found = std::find_if(std::begin(entries), std::end(entries),
                                     [&](const Entry& entry) { return entry.name == binding.name; });
    if (found == std::end(entries)) return false;
    i.run = found->run;
    return true;
}

}  // namespace sporkle::amdgpu::emulator
