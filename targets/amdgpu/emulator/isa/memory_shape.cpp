#include "targets/amdgpu/emulator/isa/memory_shape.hpp"

#include <map>
#include <mutex>
#include <string>

namespace sporkle::amdgpu::emulator {
namespace {

struct Named {
    std::string_view name;
    AtomicOperation operation;
    int bytes;  ///< 0: 4, or 8 with _x2, by suffix
};
using enum AtomicOperation;
constexpr Named atomics[] = {
    // gfx9, gfx10: the type is in the name, _x2 doubles the width
    {"swap", swap, 0},
    {"cmpswap", cmpswap, 0},
    {"add", add, 0},
    {"sub", sub, 0},
    {"smin", smin, 0},
    {"umin", umin, 0},
    {"smax", smax, 0},
    {"umax", umax, 0},
    {"and", bit_and, 0},
    {"or", bit_or, 0},
    {"xor", bit_xor, 0},
    {"inc", inc, 0},
    {"dec", dec, 0},
    {"fmin", fmin, 0},
    {"fmax", fmax, 0},
    {"fcmpswap", fcmpswap, 0},
    {"fadd", fadd, 0},
    {"csub", sub_clamped, 0},
    // gfx11 on, and LDS
    {"swap_b32", swap, 4},
    {"swap_b64", swap, 8},
    {"cmpswap_b32", cmpswap, 4},
    {"cmpswap_b64", cmpswap, 8},
    {"add_u32", add, 4},
    {"add_u64", add, 8},
    {"sub_u32", sub, 4},
    {"sub_u64", sub, 8},
    {"rsub_u32", reverse_sub, 4},
    {"rsub_u64", reverse_sub, 8},
    {"min_i32", smin, 4},
    {"min_i64", smin, 8},
    {"min_u32", umin, 4},
    {"min_u64", umin, 8},
    {"max_i32", smax, 4},
    {"max_i64", smax, 8},
    {"max_u32", umax, 4},
    {"max_u64", umax, 8},
    {"and_b32", bit_and, 4},
    {"and_b64", bit_and, 8},
    {"or_b32", bit_or, 4},
    {"or_b64", bit_or, 8},
    {"xor_b32", bit_xor, 4},
    {"xor_b64", bit_xor, 8},
    {"inc_u32", inc, 4},
    {"inc_u64", inc, 8},
    {"dec_u32", dec, 4},
    {"dec_u64", dec, 8},
    {"add_f32", fadd, 4},
    {"add_f64", fadd, 8},
    {"min_f32", fmin, 4},
    {"max_f32", fmax, 4},
    {"min_f64", fmin, 8},
    {"max_f64", fmax, 8},
    {"min_num_f32", fmin, 4},
    {"max_num_f32", fmax, 4},
    {"min_num_f64", fmin, 8},
    {"max_num_f64", fmax, 8},
    {"cmpswap_f32", fcmpswap, 4},
    {"csub_u32", sub_clamped, 4},
    {"sub_clamp_u32", sub_clamped, 4},
    {"cond_sub_u32", sub_conditional, 4},
    {"pk_add_f16", pk_add_f16, 4},
    {"pk_add_bf16", pk_add_bf16, 4},
    {"mskor_b32", mask_or, 4},
    {"mskor_b64", mask_or, 8},
};

struct Cell {
    std::string_view name;
    int bytes;
    bool sign;
};
constexpr Cell cells[] = {
    {"ubyte", 1, false},    {"sbyte", 1, true},     {"byte", 1, false},  {"ushort", 2, false},
    {"sshort", 2, true},    {"short", 2, false},    {"dword", 4, false}, {"dwordx2", 8, false},
    {"dwordx3", 12, false}, {"dwordx4", 16, false}, {"u8", 1, false},    {"i8", 1, true},
    {"b8", 1, false},       {"u16", 2, false},      {"i16", 2, true},    {"b16", 2, false},
    {"b32", 4, false},      {"b64", 8, false},      {"b96", 12, false},  {"b128", 16, false},
};

/// Removes a part of a name; true if it was there.
bool take(std::string& name, std::string_view part) {
    const std::size_t at = name.find(part);
    if (at == name.npos) return false;
    name.erase(at, part.size());
    return true;
}

bool parse(std::string_view text, MemoryShape& shape) {
    if (text.starts_with("atomic_")) {
        shape.action = MemoryShape::Action::atomic;
        return atomic_shape(text.substr(7), shape.operation, shape.bytes);
    }
    std::string name(text);
    if (take(name, "load_"))
        shape.action = MemoryShape::Action::load;
    else if (take(name, "store_"))
        shape.action = MemoryShape::Action::store;
    else
        return false;
    // Written behind the cell on gfx9 and gfx10 and in front of it later.
    if (take(name, "_d16_hi") || take(name, "d16_hi_"))
        shape.half = shape.high = true;
    else if (take(name, "_d16") || take(name, "d16_"))
        shape.half = true;
    for (const Cell& cell : cells) {
        if (cell.name != name) continue;
        shape.bytes = cell.bytes;
        shape.sign_extends = cell.sign;
        return true;
    }
    return false;
}

}  // namespace

bool atomic_shape(std::string_view name, AtomicOperation& operation, int& bytes) {
    const bool doubled = name.ends_with("_x2");
    const std::string_view plain = doubled ? name.substr(0, name.size() - 3) : name;
    for (const Named& entry : atomics) {
        if (entry.name != plain || (doubled && entry.bytes != 0)) continue;
        operation = entry.operation;
        bytes = doubled ? 8 : entry.bytes ? entry.bytes : 4;
        return true;
    }
    return false;
}

const MemoryShape* memory_shape(std::string_view name) {
    static std::map<std::string, MemoryShape, std::less<>> shapes;
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    if (const auto found = shapes.find(name); found != shapes.end()) return &found->second;
    MemoryShape shape{};
    if (!parse(name, shape)) return nullptr;
    return &shapes.emplace(std::string(name), shape).first->second;
}

}  // namespace sporkle::amdgpu::emulator
