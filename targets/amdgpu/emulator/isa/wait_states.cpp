#include "targets/amdgpu/emulator/isa/wait_states.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "targets/amdgpu/emulator/isa/matrix_waits.hpp"
#include "targets/amdgpu/emulator/isa/wave.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

constexpr int first_vector = 256;  ///< in the numbering of RegisterRange; AGPRs follow

/// Instruction::waits: the rules that an instruction may break by reading or writing too early.
enum Rule : std::uint16_t {
    scalar_address = 1,  ///< gfx9: memory instructions that read SGPRs
    data_parallel = 2,   ///< gfx9: DPP
    division = 4,        ///< gfx9: v_div_fmas
    lane_select = 8,     ///< gfx9: v_readlane, v_writelane with the lane in an SGPR
    mode_register = 16,  ///< gfx9: s_getreg, s_setreg
    relative = 32,       ///< gfx9: instructions that read M0 unseen
    shift_amount = 64,   ///< gfx90a: 64-bit shifts
    matrix = 128,        ///< gfx90a, gfx942: MFMA
    lane_access = 256,   ///< gfx942: v_readlane, v_readfirstlane, v_writelane
    wmma = 512,          ///< gfx11, gfx12
};

bool is_gfx9(const Chip& chip) { return chip.generation == Generation::gfx9; }
bool has_matrix(const Chip& chip) { return is_gfx9(chip) && chip.unified_accumulators; }
bool is_cdna3(const Chip& chip) { return is_gfx9(chip) && chip.scope_bits; }

std::string_view name_of(const Instruction& i) { return i.mnemonic; }
bool is_matrix(const Instruction& i) { return i.kind == InstructionClass::matrix; }
bool is_dot(const Instruction& i) { return name_of(i).starts_with("v_dot"); }
bool is_vector(const Instruction& i) {
    return i.kind == InstructionClass::valu || i.kind == InstructionClass::fma ||
           i.kind == InstructionClass::transcendental || is_matrix(i);
}
bool is_memory(const Instruction& i) {
    return i.kind == InstructionClass::vmem || i.kind == InstructionClass::lds;
}
bool writes_exec(const Instruction& i) { return name_of(i).starts_with("v_cmpx"); }
bool writes_m0(const Instruction& i) {
    return i.defs > 0 && i.def[0].unit == Unit::scalar && i.def[0].index == slot::m0;
}
bool writes_part(const Instruction& i) {  // of a register's 32 bits
    return (i.sdwa.present && i.sdwa.destination != 6) || (i.modifiers.op_sel >> 3 & 1);
}
bool stores_wide(const Instruction& i) {
    if (i.kind != InstructionClass::vmem || i.defs > 0) return false;
    const bool buffer = name_of(i).starts_with("buffer_");
    const bool scalar_offset = i.uses > 0 && i.use[i.uses - 1u].unit == Unit::scalar;
    if (name_of(i).find("store") == std::string_view::npos || (buffer && scalar_offset)) return false;
    return std::any_of(i.use.begin(), i.use.begin() + i.uses,
                       [](const Operand& o) { return o.unit != Unit::scalar && o.words > 2; });
}

bool overlap(const RegisterRange& a, const RegisterRange& b) {
    return a.first < b.first + b.count && b.first < a.first + a.count;
}
RegisterRange range_of(const Operand& operand) {
    const int base = operand.unit == Unit::vector        ? first_vector
                     : operand.unit == Unit::accumulator ? 2 * first_vector
                                                         : 0;
    const bool is_register = operand.unit != Unit::none && operand.unit != Unit::constant;
    return {static_cast<std::uint16_t>(base + operand.index), is_register ? operand.words : std::uint8_t{0},
            false};
}
bool writes(const Instruction& i, const RegisterRange& wanted) {
    for (int n = 0; n < i.ranges; ++n) {
        const RegisterRange& range = i.range[static_cast<std::size_t>(n)];
        if (range.written && overlap(range, wanted)) return true;
    }
    return false;
}
template <class Act>
void for_each_range(const Instruction& i, bool written, Act&& act) {
    for (int n = 0; n < i.ranges; ++n)
        if (const RegisterRange& range = i.range[static_cast<std::size_t>(n)]; range.written == written)
            act(range);
}

/// Fails if one of the last instructions for which `makes` holds is less than `needed` wait states behind.
template <class Makes>
void require(const IssueHistory& history, int needed, const char* rule, Makes&& makes) {
    for (int n = 1; n <= IssueHistory::depth; ++n) {
        const Instruction* earlier = history.back(n);
        if (!earlier || history.since(n) >= needed) return;
        if (!makes(*earlier)) continue;
        throw WaveFault{Failure::hazard, std::string(rule) + " needs " + std::to_string(needed) +
                                             " wait states, " + std::to_string(history.since(n)) +
                                             " lie between: " + earlier->mnemonic};
    }
}
auto vector_write_of(const RegisterRange& range) {
    return [range](const Instruction& i) { return is_vector(i) && writes(i, range); };
}

void check_lane_instructions(const IssueHistory& history, const Instruction& i) {
    if (i.waits & data_parallel) {
        require(history, 5, "DPP after a vector instruction wrote EXEC", writes_exec);
        require(history, 2, "DPP of a register that a vector instruction wrote",
                vector_write_of(range_of(i.use[0])));
    }
    if (i.waits & lane_select)
        require(history, 4, "a lane number in an SGPR that a vector instruction wrote",
                vector_write_of(range_of(i.use[1])));
    if (i.waits & lane_access) {
        require(history, 4, "access to a lane after a vector instruction wrote EXEC", writes_exec);
        require(history, 1, "reading a lane of a register that a vector instruction wrote",
                vector_write_of(range_of(i.use[0])));
    }
}

void check_gfx9(const Wave& w, const IssueHistory& history, const Instruction& i) {
    if (i.waits & scalar_address)
        for (std::size_t k = 0; k < i.uses; ++k)
            if (i.use[k].unit == Unit::scalar)
                require(history, 5, "a memory instruction with an SGPR that a vector instruction wrote",
                        vector_write_of(range_of(i.use[k])));
    if (i.waits & division)
        require(history, 4, "v_div_fmas after a vector instruction wrote VCC",
                vector_write_of({slot::vcc, 2, false}));
    if (i.waits & mode_register)
        require(history, 2, "access to a hardware register after s_setreg", [&](const Instruction& earlier) {
            return name_of(earlier).starts_with("s_setreg") && ((earlier.offset ^ i.offset) & 63) == 0;
        });
    if (i.waits & relative)
        require(history, 1, "an instruction that reads M0 after it was written", writes_m0);
    check_lane_instructions(history, i);
    if (!is_vector(i)) return;
    require(history, is_cdna3(w.chip) ? 2 : 1, "overwriting the data of a store of more than 64 bits",
            [&](const Instruction& earlier) {
                return stores_wide(earlier) &&
                       std::any_of(earlier.use.begin(), earlier.use.begin() + earlier.uses,
                                   [&](const Operand& o) { return o.words > 2 && writes(i, range_of(o)); });
            });
    // The hardware shifts by something else where the amount is in the last register of the allocation.
    if (i.waits & shift_amount && i.use[0].unit == Unit::vector && i.use[0].index % 8 == 7 &&
        i.use[0].index + 1 == w.vgprs)
        throw WaveFault{Failure::hazard, "a 64-bit shift by the last VGPR of the allocation"};
}

/// gfx942: results that are not forwarded.
void check_forwarding(const IssueHistory& history, const Instruction& i) {
    for_each_range(i, false, [&](const RegisterRange& range) {
        if (range.first < first_vector) {
            require(history, 2, "a vector instruction with an SGPR that another one wrote",
                    vector_write_of(range));
            return;
        }
        require(history, 1, "a part of a register, written by SDWA or op_sel, and then read",
                [&](const Instruction& earlier) {
                    return is_vector(earlier) && writes_part(earlier) && writes(earlier, range);
                });
        if (i.kind != InstructionClass::transcendental)
            require(history, 1, "the result of a transcendental instruction",
                    [&](const Instruction& earlier) {
                        return earlier.kind == InstructionClass::transcendental && writes(earlier, range);
                    });
    });
}

void check_matrix(const Chip& chip, const IssueHistory& history, const Instruction& i) {
    require(history, 4, "a matrix instruction after a vector instruction wrote EXEC", writes_exec);
    for (int use = 0; use < i.uses; ++use) {
        const RegisterRange range = range_of(i.use[static_cast<std::size_t>(use)]);
        if (range.count == 0) continue;
        require(history, 2, "an operand of a matrix instruction that a vector instruction wrote",
                [&](const Instruction& earlier) {
                    return is_vector(earlier) && !is_matrix(earlier) && !is_dot(earlier) &&
                           writes(earlier, range);
                });
        // The last one that wrote it counts: it waited for those before.
        for (int n = 1; n <= IssueHistory::depth; ++n) {
            const Instruction* earlier = history.back(n);
            if (!earlier || history.since(n) >= longest_matrix_wait) break;
            if (!is_matrix(*earlier) || !writes(*earlier, range)) continue;
            require(history, matrix_after_matrix(chip, *earlier, i, use),
                    "the result of a matrix instruction as operand of another one",
                    [&](const Instruction& one) { return &one == earlier; });
            break;
        }
    }
}

/// gfx90a, gfx942: results of matrix and dot instructions, used by others.
void check_after_matrix(const Chip& chip, const IssueHistory& history, const Instruction& i) {
    for (int n = 1; n <= IssueHistory::depth; ++n) {
        const Instruction* earlier = history.back(n);
        if (!earlier || history.since(n) >= longest_matrix_wait) return;
        const auto wait = [&](int needed, const char* rule) {
            require(history, needed, rule, [&](const Instruction& one) { return &one == earlier; });
        };
        if (is_matrix(*earlier)) {
            for_each_range(i, false, [&](const RegisterRange& range) {
                if (writes(*earlier, range))
                    wait(read_after_matrix(chip, *earlier, is_memory(i)),
                         "the result of a matrix instruction");
            });
            if (is_memory(i)) continue;
            for_each_range(i, true, [&](const RegisterRange& range) {
                if (writes(*earlier, range))
                    wait(write_after_matrix(chip, *earlier),
                         "overwriting the result of a matrix instruction");
                else if (overlap(range, range_of(earlier->use[2])))
                    wait(write_after_matrix_read(chip, *earlier),
                         "overwriting what a matrix instruction adds to");
            });
        } else if (is_dot(*earlier) && is_vector(i)) {
            const bool same = name_of(*earlier) == name_of(i);
            for (std::size_t k = 0; k < i.uses; ++k)
                if (!(same && k == 2) && writes(*earlier, range_of(i.use[k])))
                    wait(3, "the result of a dot instruction");
            for_each_range(i, true, [&](const RegisterRange& range) {
                if (!same && writes(*earlier, range)) wait(3, "overwriting the result of a dot instruction");
            });
        }
    }
}

/// gfx11: the result of a transcendental instruction may be used when six vector instructions, or two others
/// of its kind, or something that waits for it lie between.
void check_transcendental_use(const IssueHistory& history, const Instruction& i) {
    constexpr int most_vector = 5, most_transcendental = 1;
    int vector = 0, transcendental = 0;
    for (int n = 1; n <= IssueHistory::depth; ++n) {
        const Instruction* earlier = history.back(n);
        if (!earlier || vector > most_vector || transcendental > most_transcendental || is_memory(*earlier))
            return;
        const bool waits = name_of(*earlier) == "s_waitcnt_depctr" && (earlier->offset >> 12 & 15) == 0;
        if (waits) return;
        const bool is_transcendental = earlier->kind == InstructionClass::transcendental;
        if (is_transcendental)
            for_each_range(i, false, [&](const RegisterRange& range) {
                if (range.first >= first_vector && writes(*earlier, range))
                    throw WaveFault{
                        Failure::hazard,
                        std::string("the result of a transcendental instruction is used too early, "
                                    "without s_waitcnt_depctr va_vdst(0): ") +
                            earlier->mnemonic};
            });
        vector += is_vector(*earlier);
        transcendental += is_transcendental;
    }
}

/// gfx11, gfx12: a vector instruction has to lie between two WMMAs, the second of which multiplies the
/// result.
void check_wmma(const IssueHistory& history, const Instruction& i) {
    for (int n = 1; n <= IssueHistory::depth; ++n) {
        const Instruction* earlier = history.back(n);
        if (!earlier || !is_vector(*earlier)) {
            if (!earlier) return;
            continue;
        }
        if (is_matrix(*earlier) &&
            (writes(*earlier, range_of(i.use[0])) || writes(*earlier, range_of(i.use[1]))))
            throw WaveFault{Failure::hazard,
                            "the result of a WMMA as factor of the next one needs a v_nop between"};
        return;
    }
}

}  // namespace

bool has_wait_state_rules(const Chip& chip) { return chip.generation != Generation::gfx10; }

void prepare_wait_states(const Chip& chip, Instruction& i) {
    const std::string_view name = name_of(i);
    i.wait_states = name == "s_nop" ? static_cast<std::uint8_t>((i.offset & 15) + 1) : 1;
    const auto watch = [&](int states) {
        i.watched_for = std::max(i.watched_for, static_cast<std::uint8_t>(states));
    };
    if (is_gfx9(chip)) {
        const auto rule = [&](bool applies, Rule rule) {
            if (applies) i.waits |= rule;
        };
        rule(i.kind == InstructionClass::vmem, scalar_address);
        rule(i.dpp.form != DataParallel::Form::none, data_parallel);
        rule(name.starts_with("v_div_fmas"), division);
        const bool writes_lane = name == "v_writelane_b32", reads_lane = name == "v_readlane_b32";
        rule((reads_lane || writes_lane) && i.uses > 1 && i.use[1].unit == Unit::scalar, lane_select);
        rule(name.starts_with("s_getreg") || name.starts_with("s_setreg"), mode_register);
        rule(name.find("movrel") != name.npos || name == "s_sendmsg", relative);
        if (stores_wide(i)) watch(2);
        if (has_matrix(chip)) {
            rule(is_matrix(i), matrix);
            if (is_matrix(i)) watch(longest_matrix_wait);
            if (is_dot(i)) watch(3);
            const bool shifts = name == "v_lshlrev_b64" || name == "v_lshrrev_b64" || name == "v_ashrrev_i64";
            rule(!is_cdna3(chip) && shifts, shift_amount);
        }
        if (is_cdna3(chip)) {
            rule(reads_lane || writes_lane || name == "v_readfirstlane_b32", lane_access);
            if (i.kind == InstructionClass::transcendental || writes_part(i)) watch(1);
            for_each_range(i, true, [&](const RegisterRange& range) {
                if (is_vector(i) && range.first < first_vector) watch(2);
            });
        }
    }
    if (chip.generation == Generation::gfx11 && i.kind == InstructionClass::transcendental)
        watch(IssueHistory::depth - 1);
    if (chip.generation >= Generation::gfx11 && is_matrix(i)) i.waits |= wmma;
}

void check_wait_states(const Wave& w, const Instruction& i) {
    const IssueHistory& history = w.history;
    if (is_gfx9(w.chip)) check_gfx9(w, history, i);
    if (is_cdna3(w.chip) && is_vector(i)) check_forwarding(history, i);
    if (has_matrix(w.chip)) {
        if (i.waits & matrix)
            check_matrix(w.chip, history, i);
        else if (is_vector(i) || is_memory(i))
            check_after_matrix(w.chip, history, i);
    }
    if (w.chip.generation == Generation::gfx11 && is_vector(i)) check_transcendental_use(history, i);
    if (i.waits & wmma) check_wmma(history, i);
}

}  // namespace sporkle::amdgpu::emulator
