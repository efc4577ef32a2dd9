#include "targets/amdgpu/emulator/isa/scalar.hpp"

#include <string>
#include <unordered_map>

#include "targets/amdgpu/emulator/isa/bind.hpp"
#include "targets/amdgpu/emulator/isa/float_functions.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

const ScalarOperation& operation_of(const Instruction& i) {
    return *static_cast<const ScalarOperation*>(i.operation);
}

/// SOP1, SOP2, SOPC: up to two sources, at most one destination.
void run_scalar(Wave& w, const Instruction& i) {
    Scalars s;
    s.wave = &w;
    s.scc = w.scc;
    if (i.uses > 0) s.a = w.read(i.use[0]);
    if (i.uses > 1) s.b = w.read(i.use[1]);
    if (i.defs) s.result = w.read(i.def[0]);
    operation_of(i).run(s);
    w.scc = s.scc;
    if (i.defs) w.write(i.def[0], s.result);
}

/// SOPK: the second source is the immediate, the first the destination or the register compared.
void run_immediate(Wave& w, const Instruction& i) {
    Scalars s;
    s.wave = &w;
    s.scc = w.scc;
    s.a = w.read(i.defs ? i.def[0] : i.use[0]);
    s.result = s.a;
    s.b = static_cast<std::uint32_t>(i.offset);
    operation_of(i).run(s);
    w.scc = s.scc;
    if (i.defs) w.write(i.def[0], s.result);
}

/// s_fmaak_f32: a × b + literal; s_fmamk_f32: a × literal + b.
template <bool literal_last>
void run_multiply_add_literal(Wave& w, const Instruction& i) {
    const bool flush = w.flushes_32();
    const auto number = [flush](std::uint32_t bits) {
        const float x = from_bits<float>(bits);
        return flush ? flushed(x) : x;
    };
    const float a = number(w.read32(i.use[0])), b = number(w.read32(i.use[1])), k = number(i.encoding[1]);
    const float r = literal_last ? Fma{}(a, b, k) : Fma{}(a, k, b);
    w.write(i.def[0], bits_of(flush ? flushed(r) : r));
}

struct Alias {
    std::string_view name, same_as;
};
constexpr Alias aliases[] = {
    {"s_add_co_u32", "s_add_u32"},        {"s_sub_co_u32", "s_sub_u32"},
    {"s_add_co_ci_u32", "s_addc_u32"},    {"s_sub_co_ci_u32", "s_subb_u32"},
    {"s_add_co_i32", "s_add_i32"},        {"s_sub_co_i32", "s_sub_i32"},
    {"s_addk_co_i32", "s_addk_i32"},      {"s_add_nc_u64", "s_add_u64"},
    {"s_sub_nc_u64", "s_sub_u64"},        {"s_ctz_i32_b32", "s_ff1_i32_b32"},
    {"s_ctz_i32_b64", "s_ff1_i32_b64"},   {"s_clz_i32_u32", "s_flbit_i32_b32"},
    {"s_clz_i32_u64", "s_flbit_i32_b64"}, {"s_cls_i32", "s_flbit_i32"},
    {"s_cls_i32_i64", "s_flbit_i32_i64"}, {"s_and_not1_b32", "s_andn2_b32"},
    {"s_and_not1_b64", "s_andn2_b64"},    {"s_or_not1_b32", "s_orn2_b32"},
    {"s_or_not1_b64", "s_orn2_b64"},
};

std::string canonical(std::string_view name) {
    for (const Alias& alias : aliases)
        if (alias.name == name) return std::string(alias.same_as);
    std::string result(name);
    // gfx11 writes andn2 as and_not1, andn1 as and_not0.
    for (const auto& [now, before] : {std::pair<std::string_view, std::string_view>{"_not1_", "n2_"},
                                      std::pair<std::string_view, std::string_view>{"_not0_", "n1_"}})
        if (const std::size_t at = result.find(now); at != result.npos)
            result.replace(at, now.size(), before);
    return result;
}

}  // namespace

bool bind_scalar(const Binding& binding, Instruction& i) {
    static const auto table = [] {
        std::unordered_map<std::string_view, const ScalarOperation*> all;
        for (const auto operations : {scalar_bit_operations(), scalar_integer_operations(),
                                      scalar_compare_operations(), scalar_float_operations()})
            for (const ScalarOperation& operation : operations) all.emplace(operation.name, &operation);
        return all;
    }();
    if (binding.name == "s_fmaak_f32" || binding.name == "s_fmamk_f32") {
        if (i.uses != 2) return false;
        i.run =
            binding.name == "s_fmaak_f32" ? run_multiply_add_literal<true> : run_multiply_add_literal<false>;
        return true;
    }
    const auto found = table.find(canonical(binding.name));
    if (found == table.end()) return false;
    i.operation = found->second;
    if (binding.format == Format::sopk) {
        if (binding.name.starts_with("s_cmpk_") && binding.name.ends_with("_u32"))
            i.offset = static_cast<std::uint16_t>(i.offset);
        if (i.defs + i.uses < 1) return false;
        i.run = run_immediate;
        return true;
    }
    if (i.uses < 1) return false;
    i.run = run_scalar;
    return true;
}

bool bind(const Binding& binding, Instruction& i) {
    for (const auto family :
         {bind_scalar, bind_scalar_control, bind_wait, bind_scalar_memory, bind_lane_exchange, bind_indexed,
          bind_mfma, bind_wmma, bind_vector, bind_lds, bind_global, bind_buffer})
        if (family(binding, i)) return true;
    return false;
}

}  // namespace sporkle::amdgpu::emulator
