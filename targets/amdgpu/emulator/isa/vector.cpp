#include "targets/amdgpu/emulator/isa/vector.hpp"

#include <bit>
#include <unordered_map>

#include "targets/amdgpu/emulator/isa/bind.hpp"
#include "targets/amdgpu/emulator/isa/vector_compare.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

using namespace operation;

/// In Instruction::flags: where masks come from and go to.
constexpr std::uint8_t mask_operand = 1;   ///< carry in is the last use, not VCC
constexpr std::uint8_t second_result = 2;  ///< carry out is the second def, not VCC
constexpr std::uint8_t to_exec = 4;        ///< v_cmpx
constexpr std::uint8_t to_vcc = 8;         ///< a comparison without a destination operand

int sources_of(const VectorOperation& op) {
    int n = 0;
    while (n < 3 && op.source[n] != Kind::none) ++n;
    return n;
}

const VectorOperation& operation_of(const Instruction& i) {
    return *static_cast<const VectorOperation*>(i.operation);
}

void count_multiply_adds(Wave& w, const Instruction& i, std::uint64_t mask) {
    if (!i.multiply_adds) return;
    // Counting bits is a call of a library where the compiler may not assume an instruction for it.
    const int active = mask == w.all_lanes ? w.lanes : std::popcount(mask);
    w.counters->fma_lanes += static_cast<std::uint64_t>(active) * i.multiply_adds;
}

void compute(Wave& w, const Instruction& i, const VectorOperation& op, Rows& rows, RowBuffer& result) {
    RowBuffer buffers[3];
    rows.lanes = w.lanes;
    rows.approximate = w.approximate;
    if (op.flags & carry_in)
        rows.carry_in = i.flags & mask_operand
                            ? w.read_mask(i.use[static_cast<std::size_t>(i.uses - 1)].index)
                            : w.read_mask(slot::vcc);
    for (int k = 0; k < 3 && op.source[k] != Kind::none; ++k)
        rows.source[k] = fetch_source(w, i, k, op.source[k], buffers[k]);
    rows.result = &result;
    i.lanes(rows);
}

void run_arithmetic(Wave& w, const Instruction& i) {
    const VectorOperation& op = operation_of(i);
    RowBuffer result;
    Rows rows;
    compute(w, i, op, rows, result);
    const std::uint64_t mask = data_parallel_mask(w, i);
    count_multiply_adds(w, i, mask);
    if (op.flags & carry_out) {
        const std::uint64_t carries = rows.mask_out & mask;
        if (i.flags & second_result)
            w.write_mask(i.def[1].index, carries);
        else
            w.write_mask(slot::vcc, carries);
    }
    write_result(w, i, i.def[0], op.result, op.flags, result, mask);
}

void splat(std::uint32_t* row, std::uint32_t value, int lanes) {
    for (int l = 0; l < lanes; ++l) row[l] = value;
}

/// 32-bit rows as they are: no modifiers, no masks, no subnormals to flush.
void compute_plain(Wave& w, const Instruction& i, RowBuffer& result) {
    RowBuffer buffers[3];
    Rows rows;
    rows.lanes = w.lanes;
    rows.approximate = w.approximate;
    for (std::size_t k = 0; k < i.uses; ++k) {
        const Operand& operand = i.use[k];
        if (operand.unit == Unit::vector) {
            rows.source[k] = w.row(operand.index);
        } else {
            splat(buffers[k].words, w.read32(operand), w.lanes);
            rows.source[k] = buffers[k].words;
        }
    }
    rows.result = result.words;
    i.lanes(rows);
}

void run_plain(Wave& w, const Instruction& i) {
    if (w.flushes_32()) return run_arithmetic(w, i);
    RowBuffer result;
    compute_plain(w, i, result);
    const std::uint64_t mask = w.exec();
    count_multiply_adds(w, i, mask);
    write_row(w.row(i.def[0].index), result.words, mask, w.lanes);
}

/// Packed f32: an operation on f32 for each of the two words.
void run_words(Wave& w, const Instruction& i) {
    if (w.flushes_32()) return run_arithmetic(w, i);
    RowBuffer results[2];
    for (int h = 0; h < 2; ++h) {
        const Modifiers& m = i.modifiers;
        const std::uint8_t upper = h ? m.op_sel_high : m.op_sel, negate = h ? m.negate_high : m.negate;
        RowBuffer buffers[3];
        Rows rows;
        rows.lanes = w.lanes;
        for (std::size_t k = 0; k < i.uses; ++k) {
            const Operand& operand = i.use[k];
            const int word = upper >> k & 1;
            const std::uint32_t flip = negate >> k & 1 ? 0x80000000u : 0u;
            const std::uint32_t* row = buffers[k].words;
            if (operand.unit == Unit::scalar)
                splat(buffers[k].words, static_cast<std::uint32_t>(w.read(operand) >> (32 * word)) ^ flip,
                      w.lanes);
            else if (flip == 0)
                row = w.row(operand, word);
            else
                for (int l = 0; l < w.lanes; ++l) buffers[k].words[l] = w.row(operand, word)[l] ^ flip;
            rows.source[k] = row;
        }
        rows.result = results[h].words;
        i.words(rows);
    }
    const std::uint64_t mask = w.exec();
    count_multiply_adds(w, i, mask);
    for (int h = 0; h < 2; ++h) write_row(w.row(i.def[0], h), results[h].words, mask, w.lanes);
}

void run_compare(Wave& w, const Instruction& i) {
    RowBuffer unused;
    Rows rows;
    compute(w, i, operation_of(i), rows, unused);
    const std::uint64_t holds = rows.mask_out & data_parallel_mask(w, i);
    if (i.defs) w.write_mask(i.def[0].index, holds);
    if (i.flags & to_vcc) w.write_mask(slot::vcc, holds);
    if (i.flags & to_exec) w.write_mask(slot::exec, holds);
}

/// VOPD: both halves read their sources before either writes.
void run_pair(Wave& w, const Instruction& i) {
    const Instruction* halves[2] = {&i, i.second.get()};
    RowBuffer results[2];
    if (i.plain && i.second->plain && !w.flushes_32()) {
        for (int h = 0; h < 2; ++h) compute_plain(w, *halves[h], results[h]);
        const std::uint64_t mask = w.exec();
        for (int h = 0; h < 2; ++h) {
            count_multiply_adds(w, *halves[h], mask);
            write_row(w.row(halves[h]->def[0].index), results[h].words, mask, w.lanes);
        }
        return;
    }
    for (int h = 0; h < 2; ++h) {
        Rows rows;
        compute(w, *halves[h], operation_of(*halves[h]), rows, results[h]);
    }
    for (int h = 0; h < 2; ++h) {
        const VectorOperation& op = operation_of(*halves[h]);
        count_multiply_adds(w, *halves[h], w.exec());
        write_result(w, *halves[h], halves[h]->def[0], op.result, op.flags, results[h], w.exec());
    }
}

/// v_s_rcp_f32 and its like (gfx12): one value, from and to a scalar register.
void run_single(Wave& w, const Instruction& i) {
    const VectorOperation& op = operation_of(i);
    RowBuffer result;
    Rows rows;
    compute(w, i, op, rows, result);
    const bool half = is_16_bits(op.result);
    if (i.modifiers.clamp || i.modifiers.output_scale)
        throw WaveFault{Failure::unimplemented, "clamp or output scale of a scalar result"};
    w.write(i.def[0], half ? result.words[0] & 0xffffu : result.words[0]);
}

struct Alias {
    std::string_view name, same_as;
};
/// Later names of the same operation.
constexpr Alias aliases[] = {
    {"v_mul_dx9_zero_f32", "v_mul_legacy_f32"},
    {"v_fma_dx9_zero_f32", "v_fma_legacy_f32"},
    {"v_fmac_dx9_zero_f32", "v_fmac_legacy_f32"},
    {"v_cvt_floor_i32_f32", "v_cvt_flr_i32_f32"},
    {"v_cvt_nearest_i32_f32", "v_cvt_rpi_i32_f32"},
    {"v_cvt_pk_rtz_f16_f32", "v_cvt_pkrtz_f16_f32"},
    {"v_cvt_pk_norm_i16_f32", "v_cvt_pknorm_i16_f32"},
    {"v_cvt_pk_norm_u16_f32", "v_cvt_pknorm_u16_f32"},
    {"v_clz_i32_u32", "v_ffbh_u32"},
    {"v_ctz_i32_b32", "v_ffbl_b32"},
    {"v_cls_i32", "v_ffbh_i32"},
    {"v_add_co_ci_u32", "v_addc_co_u32"},
    {"v_sub_co_ci_u32", "v_subb_co_u32"},
    {"v_subrev_co_ci_u32", "v_subbrev_co_u32"},
    {"v_mad_co_u64_u32", "v_mad_u64_u32"},
    {"v_mad_co_i64_i32", "v_mad_i64_i32"},
    {"v_accvgpr_read_b32", "v_mov_b32"},
    {"v_accvgpr_write_b32", "v_mov_b32"},
    {"v_accvgpr_mov_b32", "v_mov_b32"},
    {"v_dot2acc_f32_f16", "v_dot2c_f32_f16"},
    {"v_dot2acc_f32_bf16", "v_dot2c_f32_bf16"},
};

std::string canonical(std::string_view name) {
    std::string result(name);
    if (const std::size_t at = result.find("_nc_"); at != result.npos) result.erase(at, 3);
    for (const Alias& alias : aliases)
        if (alias.name == result) return std::string(alias.same_as);
    return result;
}

void set_literal(Instruction& i, std::size_t position, std::uint32_t literal) {
    for (std::size_t k = i.uses; k > position; --k) i.use[k] = i.use[k - 1];
    i.use[position] = {Unit::constant, 1, false, true, 0, literal};
    ++i.uses;
}

bool is_plain(const Instruction& i, const VectorOperation& op) {
    const auto is_word = [](Kind kind) { return kind == Kind::b32 || kind == Kind::f32; };
    if (!is_word(op.result) || op.flags & (carry_in | carry_out)) return false;
    for (std::size_t k = 0; k < i.uses; ++k)
        if (!is_word(op.source[k]) || i.use[k].unit == Unit::accumulator || i.use[k].high_half) return false;
    return i.def[0].unit == Unit::vector && !i.sdwa.present && i.dpp.form == DataParallel::Form::none &&
           !i.modifiers.negate && !i.modifiers.absolute && !i.modifiers.clamp && !i.modifiers.output_scale;
}

RowFunction loop_of(const VectorOperation& op) {
#if defined(__x86_64__)
    static const bool wide = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    return wide ? op.run_wide : op.run;
#else
    return op.run;
#endif
}

/// The f32 operation that a packed one does twice, where operands allow to do it on their rows.
RowFunction loop_of_words(const Instruction& i, const VectorOperation& op) {
    if (op.result != Kind::pf32 || i.modifiers.clamp || i.dpp.form != DataParallel::Form::none)
        return nullptr;
    for (std::size_t k = 0; k < i.uses; ++k)
        if (i.use[k].unit == Unit::constant) return nullptr;
    const std::string_view name = op.name;
    const VectorOperation* word = find_vector_operation("v_" + std::string(name.substr(5)));
    return name.starts_with("v_pk_") && word ? loop_of(*word) : nullptr;
}

/// Operands in the order of the table's sources, then the function. False if they do not fit the table.
bool complete(Instruction& i, const VectorOperation& op, std::uint32_t literal) {
    if (op.flags & literal_second) set_literal(i, 1, literal);
    if (op.flags & literal_third) set_literal(i, 2, literal);
    if (op.flags & accumulates) {
        if (i.uses + 1u > i.use.size()) return false;
        i.use[i.uses++] = i.def[0];
    }
    const int sources = sources_of(op);
    if (i.uses < sources || i.uses > sources + 1) return false;
    if (op.flags & carry_in && i.uses > sources) i.flags |= mask_operand;
    if (op.flags & carry_out && i.defs == 2) i.flags |= second_result;
    i.operation = &op;
    i.kind = op.kind;
    i.multiply_adds = op.multiply_adds;
    i.lanes = loop_of(op);
    return true;
}

bool bind_comparison(const Binding& binding, Instruction& i) {
    const bool exec = binding.name.starts_with("v_cmpx_");
    const std::string_view condition = binding.name.substr(exec ? 7 : 6);
    for (const Comparison& comparison : comparisons()) {
        if (comparison.name != condition) continue;
        if (!complete(i, comparison.operation, 0)) return false;
        const bool old = binding.chip.generation == Generation::gfx9;
        if (exec) i.flags |= to_exec;
        if (i.defs == 0 && (!exec || old)) i.flags |= to_vcc;
        i.run = run_compare;
        return true;
    }
    return false;
}

/// "V_DUAL_FMAC_F32_X_MUL_F32_e32_gfx11" with or without _e32: two operations, the operands of the first
/// before those of the second.
bool bind_pair(Instruction& i) {
    std::string name(i.mnemonic);
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    for (std::size_t at; (at = name.find("_e32")) != name.npos;) name.erase(at, 4);
    const std::size_t middle = name.find("_x_"), end = name.rfind("_gfx");
    if (!name.starts_with("v_dual_") || middle == name.npos || end == name.npos || i.defs != 2) return false;
    const VectorOperation* x = find_vector_operation(canonical("v_" + name.substr(7, middle - 7)));
    const VectorOperation* y =
        find_vector_operation(canonical("v_" + name.substr(middle + 3, end - middle - 3)));
    if (!x || !y) return false;
    const auto named = [](const VectorOperation& op) {
        return sources_of(op) - (op.flags & (accumulates | literal_second | literal_third) ? 1 : 0);
    };
    auto second = std::make_unique<Instruction>();
    second->defs = 1;
    second->def[0] = i.def[1];
    i.defs = 1;
    const int first_uses = named(*x), all = i.uses;
    if (all != first_uses + named(*y)) return false;
    for (int k = first_uses; k < all; ++k) second->use[second->uses++] = i.use[static_cast<std::size_t>(k)];
    i.uses = static_cast<std::uint8_t>(first_uses);
    const std::uint32_t literal = i.encoding[2];
    if (!complete(*second, *y, literal) || !complete(i, *x, literal)) return false;
    second->plain = is_plain(*second, *y);
    i.plain = is_plain(i, *x);
    if (second->kind == InstructionClass::fma) i.kind = InstructionClass::fma;
    i.second = std::move(second);
    i.run = run_pair;
    return true;
}

}  // namespace

const VectorOperation* find_vector_operation(const std::string& name) {
    static const auto table = [] {
        std::unordered_map<std::string, const VectorOperation*> all;
        for (const auto operations :
             {float32_operations(), float64_operations(), float16_operations(), packed_operations(),
              mixed_operations(), integer_operations(), integer16_operations(), conversion_operations(),
              division_operations(), approximation_operations(), carry_operations(), dot_operations()})
            for (const VectorOperation& operation : operations) all.emplace(operation.name, &operation);
        return all;
    }();
    const auto found = table.find(name);
    return found == table.end() ? nullptr : found->second;
}

bool bind_vector(const Binding& binding, Instruction& i) {
    if (binding.format == Format::vopd) return bind_pair(i);
    if (!binding.name.starts_with("v_")) return false;
    if (binding.name.starts_with("v_cmp")) return bind_comparison(binding, i);
    if (binding.name.starts_with("v_s_")) {
        const VectorOperation* op = find_vector_operation("v_" + std::string(binding.name.substr(4)));
        if (!op || i.defs != 1 || !complete(i, *op, 0)) return false;
        i.run = run_single;
        return true;
    }
    std::string name = canonical(binding.name);
    if (name.find("_iu") != name.npos) {
        name += i.modifiers.negate & 1 ? " s" : " u";
        name += i.modifiers.negate & 2 ? "s" : "u";
    }
    const VectorOperation* op = find_vector_operation(name);
    if (i.modifiers.clamp && !(op && is_float(op->result))) {
        op = find_vector_operation(name + " clamp");
        i.modifiers.clamp = false;
    }
    if (!op || i.defs == 0) return false;
    const std::uint32_t literal = i.encoding[static_cast<std::size_t>(i.size / 4 - 1)];
    if (!complete(i, *op, literal)) return false;
    const bool integers = op->result == Kind::b32 && op->kind == InstructionClass::fma;
    if (integers) i.modifiers.negate = 0;
    i.plain = is_plain(i, *op);
    i.words = loop_of_words(i, *op);
    i.run = i.plain ? run_plain : i.words ? run_words : run_arithmetic;
    return true;
}

}  // namespace sporkle::amdgpu::emulator
