#include "targets/amdgpu/emulator/isa/vector_compare.hpp"

namespace sporkle::amdgpu::emulator {
namespace {

/// Float conditions; "n" forms are true for unordered operands.
template <class T>
void add_floats(std::vector<Comparison>& table, const std::string& type) {
    using V = typename T::Value;
    const auto add = [&](const char* condition, const VectorOperation& operation) {
        table.push_back({condition + ("_" + type), operation});
    };
    add("f", compare<[](V, V) { return false; }, T, T>(""));
    add("lt", compare<[](V a, V b) { return a < b; }, T, T>(""));
    add("eq", compare<[](V a, V b) { return a == b; }, T, T>(""));
    add("le", compare<[](V a, V b) { return a <= b; }, T, T>(""));
    add("gt", compare<[](V a, V b) { return (a > b); }, T, T>(""));
    add("lg", compare<[](V a, V b) { return (a < b || a > b); }, T, T>(""));
    add("ge", compare<[](V a, V b) { return (a >= b); }, T, T>(""));
    add("o", compare<[](V a, V b) { return a == a && b == b; }, T, T>(""));
    add("u", compare<[](V a, V b) { return a != a || b != b; }, T, T>(""));
    add("nge", compare<[](V a, V b) { return !(a >= b); }, T, T>(""));
    add("nlg", compare<[](V a, V b) { return !(a < b || a > b); }, T, T>(""));
    add("ngt", compare<[](V a, V b) { return !(a > b); }, T, T>(""));
    add("nle", compare<[](V a, V b) { return !(a <= b); }, T, T>(""));
    add("neq", compare<[](V a, V b) { return !(a == b); }, T, T>(""));
    add("nlt", compare<[](V a, V b) { return !(a < b); }, T, T>(""));
    add("tru", compare<[](V, V) { return true; }, T, T>(""));
    add("t", compare<[](V, V) { return true; }, T, T>(""));
}
template <class T>
void add_integers(std::vector<Comparison>& table, const std::string& type) {
    using V = typename T::Value;
    const auto add = [&](const char* condition, const VectorOperation& operation) {
        table.push_back({condition + ("_" + type), operation});
    };
    add("f", compare<[](V, V) { return false; }, T, T>(""));
    add("lt", compare<[](V a, V b) { return a < b; }, T, T>(""));
    add("eq", compare<[](V a, V b) { return a == b; }, T, T>(""));
    add("le", compare<[](V a, V b) { return a <= b; }, T, T>(""));
    add("gt", compare<[](V a, V b) { return (a > b); }, T, T>(""));
    add("ne", compare<[](V a, V b) { return a != b; }, T, T>(""));
    add("lg", compare<[](V a, V b) { return a != b; }, T, T>(""));
    add("ge", compare<[](V a, V b) { return (a >= b); }, T, T>(""));
    add("t", compare<[](V, V) { return true; }, T, T>(""));
}

/// Bits of the mask: signaling NaN, quiet NaN, -inf, -normal, -subnormal, -0, +0, +subnormal, +normal, +inf.
/// The fields of the format are those of raw bits.
template <class B>
constexpr bool in_class(B x, std::uint32_t classes, int width, int fraction_bits) {
    const B sign = B{1} << (width - 1), magnitude = x & ~sign & (sign | (sign - 1));
    const B infinity = ((B{1} << (width - 1 - fraction_bits)) - 1) << fraction_bits;
    if (magnitude > infinity) return (classes >> (magnitude >> (fraction_bits - 1) & 1) & 1);
    const int size = magnitude == infinity ? 3 : magnitude >> fraction_bits ? 2 : magnitude ? 1 : 0;
    return (classes >> (x & sign ? 5 - size : 6 + size) & 1);
}

std::vector<Comparison> all() {
    std::vector<Comparison> table;
    add_floats<F32>(table, "f32");
    add_floats<F64>(table, "f64");
    add_floats<F16>(table, "f16");
    add_integers<B32>(table, "u32");
    add_integers<I32>(table, "i32");
    add_integers<B64>(table, "u64");
    add_integers<I64>(table, "i64");
    add_integers<U16>(table, "u16");
    add_integers<I16>(table, "i16");
    // The first sources of class tests are floats: modifiers apply.
    VectorOperation test =
        compare<[](std::uint32_t x, std::uint32_t c) { return in_class(x, c, 32, 23); }, B32, B32>("");
    test.source[0] = Kind::f32;
    table.push_back({"class_f32", test});
    test = compare<[](std::uint64_t x, std::uint32_t c) { return in_class(x, c, 64, 52); }, B64, B32>("");
    test.source[0] = Kind::f64;
    table.push_back({"class_f64", test});
    test =
        compare<[](std::uint32_t x, std::uint32_t c) { return in_class(x & 0xffffu, c, 16, 10); }, B32, U16>(
            "");
    test.source[0] = Kind::f16;
    table.push_back({"class_f16", test});
    return table;
}

}  // namespace

const std::vector<Comparison>& comparisons() {
    static const std::vector<Comparison> table = all();
    return table;
}

}  // namespace sporkle::amdgpu::emulator
