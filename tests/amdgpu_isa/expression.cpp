#include "tests/amdgpu_isa/expression.hpp"

#include <set>

namespace sporkle::testing {
namespace {

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size())
        text.replace(at, from.size(), to);
    return text;
}

/// A template for several types: {T} the type, {V} its name in intrinsics.
struct Template {
    const char* name;
    const char* body;
    const char* result = "{T}";
};

constexpr Template integer_templates[] = {
    {"add", "%r = add {T} %a, %b"},
    {"sub", "%r = sub {T} %a, %b"},
    {"mul", "%r = mul {T} %a, %b"},
    {"and", "%r = and {T} %a, %b"},
    {"or", "%r = or {T} %a, %b"},
    {"xor", "%r = xor {T} %a, %b"},
    {"xnor", "%x = xor {T} %a, %b\n%r = xor {T} %x, -1"},
    {"andn", "%x = xor {T} %b, -1\n%r = and {T} %a, %x"},
    {"shl", "%s = urem {T} %b, {W}\n%r = shl {T} %a, %s"},
    {"lshr", "%s = urem {T} %b, {W}\n%r = lshr {T} %a, %s"},
    {"ashr", "%s = urem {T} %b, {W}\n%r = ashr {T} %a, %s"},
    {"shl_c", "%r = shl {T} %a, 5"},
    {"udiv", "%z = icmp eq {T} %b, 0\n%d = select i1 %z, {T} 1, {T} %b\n%r = udiv {T} %a, %d"},
    {"urem", "%z = icmp eq {T} %b, 0\n%d = select i1 %z, {T} 1, {T} %b\n%r = urem {T} %a, %d"},
    {"sdiv",
     "%y = add {T} %b, 1\n%z = icmp ult {T} %y, 2\n%d = select i1 %z, {T} 3, {T} %b\n%r = sdiv {T} %a, %d"},
    {"srem",
     "%y = add {T} %b, 1\n%z = icmp ult {T} %y, 2\n%d = select i1 %z, {T} 3, {T} %b\n%r = srem {T} %a, %d"},
    {"udiv_c", "%r = udiv {T} %a, 7"},
    {"sdiv_c", "%r = sdiv {T} %a, -6"},
    {"umin", "%r = call {T} @llvm.umin.{T}({T} %a, {T} %b)"},
    {"umax", "%r = call {T} @llvm.umax.{T}({T} %a, {T} %b)"},
    {"smin", "%r = call {T} @llvm.smin.{T}({T} %a, {T} %b)"},
    {"smax", "%r = call {T} @llvm.smax.{T}({T} %a, {T} %b)"},
    {"smed", "%x = call {T} @llvm.smax.{T}({T} %a, {T} -7)\n%r = call {T} @llvm.smin.{T}({T} %x, {T} 100)"},
    {"umin3", "%x = call {T} @llvm.umin.{T}({T} %a, {T} %b)\n%r = call {T} @llvm.umin.{T}({T} %x, {T} %c)"},
    {"abs", "%r = call {T} @llvm.abs.{T}({T} %a, i1 false)"},
    {"ctpop", "%x = call {T} @llvm.ctpop.{T}({T} %a)\n%r = add {T} %x, %b"},
    {"ctlz", "%r = call {T} @llvm.ctlz.{T}({T} %a, i1 false)"},
    {"cttz", "%r = call {T} @llvm.cttz.{T}({T} %a, i1 false)"},
    {"reverse", "%r = call {T} @llvm.bitreverse.{T}({T} %a)"},
    {"fshl", "%r = call {T} @llvm.fshl.{T}({T} %a, {T} %b, {T} %c)"},
    {"fshr", "%r = call {T} @llvm.fshr.{T}({T} %a, {T} %b, {T} %c)"},
    {"uadd_sat", "%r = call {T} @llvm.uadd.sat.{T}({T} %a, {T} %b)"},
    {"usub_sat", "%r = call {T} @llvm.usub.sat.{T}({T} %a, {T} %b)"},
    {"sadd_sat", "%r = call {T} @llvm.sadd.sat.{T}({T} %a, {T} %b)"},
    {"ssub_sat", "%r = call {T} @llvm.ssub.sat.{T}({T} %a, {T} %b)"},
    {"mad", "%x = mul {T} %a, %b\n%r = add {T} %x, %c"},
    {"add3", "%x = add {T} %a, %b\n%r = add {T} %x, %c"},
    {"shl_add", "%x = shl {T} %a, 3\n%r = add {T} %x, %c"},
    {"add_shl", "%x = add {T} %a, %b\n%r = shl {T} %x, 2"},
    {"shl_or", "%x = shl {T} %a, 3\n%r = or {T} %x, %c"},
    {"and_or", "%x = and {T} %a, %b\n%r = or {T} %x, %c"},
    {"or3", "%x = or {T} %a, %b\n%r = or {T} %x, %c"},
    {"xor3", "%x = xor {T} %a, %b\n%r = xor {T} %x, %c"},
    {"xad", "%x = xor {T} %a, %b\n%r = add {T} %x, %c"},
    {"bfi", "%n = xor {T} %a, -1\n%x = and {T} %a, %b\n%y = and {T} %n, %c\n%r = or {T} %x, %y"},
    {"bfe", "%x = lshr {T} %a, 3\n%r = and {T} %x, 15"},
    {"bfe_s", "%x = shl {T} %a, 2\n%r = ashr {T} %x, 4"},
    {"lt", "%x = icmp slt {T} %a, %b\n%r = select i1 %x, {T} %b, {T} %c"},
    {"ule", "%x = icmp ule {T} %a, %b\n%r = select i1 %x, {T} %b, {T} %c"},
    {"eq", "%x = icmp eq {T} %a, %b\n%r = select i1 %x, {T} 7, {T} %c"},
    {"ne_bool", "%x = icmp ne {T} %a, %b\n%y = icmp sgt {T} %a, %c\n%r = and i1 %x, %y", "i1"},
    {"uge_bool", "%x = icmp uge {T} %a, %b\n%y = icmp sge {T} %b, %c\n%r = xor i1 %x, %y", "i1"},
    {"to_i64", "%x = sext {T} %a to i128\n%r = trunc i128 %x to i64", "i64"},
    {"mulh_u",
     "%x = zext {T} %a to i128\n%y = zext {T} %b to i128\n%m = mul i128 %x, %y\n%s = lshr i128 %m, {W}\n"
     "%r = trunc i128 %s to {T}"},
    {"mulh_s",
     "%x = sext {T} %a to i128\n%y = sext {T} %b to i128\n%m = mul i128 %x, %y\n%s = ashr i128 %m, {W}\n"
     "%r = trunc i128 %s to {T}"},
    {"from_f32", "%x = uitofp {T} %a to float\n%y = sitofp {T} %b to float\n%r = fadd float %x, %y", "float"},
    {"from_f64", "%x = uitofp {T} %a to double\n%y = sitofp {T} %b to double\n%r = fadd double %x, %y",
     "double"},
};
constexpr Template word_templates[] = {
    {"mul24",
     "%x = and i32 %a, 16777215\n%y = and i32 %b, 16777215\n%m = mul i32 %x, %y\n%r = add i32 %m, %c"},
    {"mul24_s",
     "%x = shl i32 %a, 8\n%xs = ashr i32 %x, 8\n%y = shl i32 %b, 8\n%ys = ashr i32 %y, 8\n"
     "%m = mul i32 %xs, %ys\n%r = add i32 %m, %c"},
    {"mad64",
     "%x = zext i32 %a to i64\n%y = zext i32 %b to i64\n%m = mul i64 %x, %y\n%z = sext i32 %c to i64\n"
     "%r = add i64 %m, %z",
     "i64"},
    {"mad64_s",
     "%x = sext i32 %a to i64\n%y = sext i32 %b to i64\n%m = mul i64 %x, %y\n%z = zext i32 %c to i64\n"
     "%r = add i64 %m, %z",
     "i64"},
    {"bytes",
     "%x = bitcast i32 %a to <4 x i8>\n%y = bitcast i32 %b to <4 x i8>\n"
     "%s = shufflevector <4 x i8> %x, <4 x i8> %y, <4 x i32> <i32 6, i32 1, i32 3, i32 4>\n"
     "%r = bitcast <4 x i8> %s to i32"},
    {"byte_floats",
     "%x = lshr i32 %a, 8\n%y = and i32 %x, 255\n%f = uitofp i32 %y to float\n%z = lshr i32 %b, 24\n"
     "%g = uitofp i32 %z to float\n%w = and i32 %c, 255\n%h = uitofp i32 %w to float\n"
     "%s = fmul float %f, %g\n%r = fadd float %s, %h",
     "float"},
    {"swap", "%r = call i32 @llvm.bswap.i32(i32 %a)"},
    {"halves", "%x = lshr i32 %a, 16\n%y = and i32 %b, 65535\n%m = mul i32 %x, %y\n%r = add i32 %m, %c"},
    {"pack", "%x = lshr i32 %a, 16\n%y = shl i32 %b, 16\n%r = or i32 %x, %y"},
    {"sext8", "%x = trunc i32 %a to i8\n%y = sext i8 %x to i32\n%r = add i32 %y, %b"},
    {"sext16", "%x = trunc i32 %a to i16\n%y = sext i16 %x to i32\n%r = sub i32 %y, %b"},
    {"overflow",
     "%p = call {i32, i1} @llvm.uadd.with.overflow.i32(i32 %a, i32 %b)\n%o = extractvalue {i32, i1} %p, 1\n"
     "%v = extractvalue {i32, i1} %p, 0\n%r = select i1 %o, i32 %c, i32 %v"},
    {"class",
     "%f = bitcast i32 %a to float\n%x = call i1 @llvm.is.fpclass.f32(float %f, i32 152)\n"
     "%r = select i1 %x, i32 %b, i32 %c"},
};

constexpr Template float_templates[] = {
    {"add", "%r = fadd {T} %a, %b"},
    {"sub", "%r = fsub {T} %a, %b"},
    {"mul", "%r = fmul {T} %a, %b"},
    {"div", "%r = fdiv {T} %a, %b"},
    {"rcp", "%r = fdiv {T} 1.0, %a"},
    {"sqrt", "%r = call {T} @llvm.sqrt.{V}({T} %a)"},
    {"mul_add", "%x = fmul {T} %a, %b\n%r = fadd {T} %x, %c"},
    {"fma", "%r = call {T} @llvm.fma.{V}({T} %a, {T} %b, {T} %c)"},
    {"fma_mods",
     "%n = fneg {T} %a\n%p = call {T} @llvm.fabs.{V}({T} %b)\n%m = fneg {T} %c\n"
     "%r = call {T} @llvm.fma.{V}({T} %n, {T} %p, {T} %m)"},
    {"fma_c", "%r = call {T} @llvm.fma.{V}({T} %a, {T} %b, {T} 0x4009200000000000)"},
    {"fma_k", "%r = call {T} @llvm.fma.{V}({T} %a, {T} 0x4009200000000000, {T} %b)"},
    {"sub_mods", "%p = call {T} @llvm.fabs.{V}({T} %a)\n%r = fsub {T} %p, %b"},
    {"neg_abs", "%p = call {T} @llvm.fabs.{V}({T} %a)\n%r = fneg {T} %p"},
    {"sign", "%r = call {T} @llvm.copysign.{V}({T} %a, {T} %b)"},
    {"floor", "%r = call {T} @llvm.floor.{V}({T} %a)"},
    {"ceil", "%r = call {T} @llvm.ceil.{V}({T} %a)"},
    {"trunc", "%r = call {T} @llvm.trunc.{V}({T} %a)"},
    {"rint", "%r = call {T} @llvm.rint.{V}({T} %a)"},
    {"round", "%r = call {T} @llvm.round.{V}({T} %a)"},
    {"fraction", "%x = call {T} @llvm.floor.{V}({T} %a)\n%r = fsub {T} %a, %x"},
    {"less", "%x = fcmp olt {T} %a, %b\n%r = select i1 %x, {T} %a, {T} %b"},
    {"greater", "%x = fcmp ogt {T} %a, %b\n%r = select i1 %x, {T} %a, {T} %b"},
    {"not_less", "%x = fcmp uge {T} %a, %b\n%r = select i1 %x, {T} %b, {T} %c"},
    {"select_neg", "%x = fcmp ole {T} %a, %b\n%n = fneg {T} %b\n%r = select i1 %x, {T} %n, {T} %c"},
    {"clamp",
     "%x = fcmp ogt {T} %a, 0.0\n%y = select i1 %x, {T} %a, {T} 0.0\n%z = fcmp olt {T} %y, 1.0\n"
     "%r = select i1 %z, {T} %y, {T} 1.0"},
    {"minnum", "%x = call {T} @llvm.minnum.{V}({T} %a, {T} %b)\n%r = fadd {T} %x, 0.0"},
    {"maxnum", "%x = call {T} @llvm.maxnum.{V}({T} %a, {T} %b)\n%r = fadd {T} %x, 0.0"},
    {"clampnum",
     "%x = call {T} @llvm.maxnum.{V}({T} %a, {T} -2.0)\n%y = call {T} @llvm.minnum.{V}({T} %x, {T} 5.0)\n"
     "%r = fadd {T} %y, 0.0"},
    {"oeq", "%r = fcmp oeq {T} %a, %b", "i1"},
    {"one", "%r = fcmp one {T} %a, %b", "i1"},
    {"oge", "%r = fcmp oge {T} %a, %b", "i1"},
    {"ord", "%r = fcmp ord {T} %a, %b", "i1"},
    {"ueq", "%r = fcmp ueq {T} %a, %b", "i1"},
    {"une", "%r = fcmp une {T} %a, %b", "i1"},
    {"ult", "%r = fcmp ult {T} %a, %b", "i1"},
    {"ule", "%r = fcmp ule {T} %a, %b", "i1"},
    {"ugt", "%r = fcmp ugt {T} %a, %b", "i1"},
    {"uno", "%x = fcmp uno {T} %a, %b\n%y = fcmp ole {T} %b, %c\n%r = or i1 %x, %y", "i1"},
    {"to_i32", "%r = call i32 @llvm.fptosi.sat.i32.{V}({T} %a)", "i32"},
    {"to_u32", "%r = call i32 @llvm.fptoui.sat.i32.{V}({T} %a)", "i32"},
    {"to_i64", "%r = call i64 @llvm.fptosi.sat.i64.{V}({T} %a)", "i64"},
    {"to_u64", "%r = call i64 @llvm.fptoui.sat.i64.{V}({T} %a)", "i64"},
    {"to_i16", "%r = call i16 @llvm.fptosi.sat.i16.{V}({T} %a)", "i16"},
    {"to_u8", "%r = call i8 @llvm.fptoui.sat.i8.{V}({T} %a)", "i8"},
};
constexpr Template single_templates[] = {
    {"to_f64", "%r = fpext float %a to double", "double"},
    {"to_f16", "%r = fptrunc float %a to half", "half"},
    {"div_c", "%r = fdiv float %a, 3.0"},
    {"ldexp",
     "%i = bitcast float %b to i32\n%e = ashr i32 %i, 23\n%s = sub i32 %e, 100\n"
     "%r = call float @llvm.ldexp.f32.i32(float %a, i32 %s)"},
    {"mix",
     "%h = fptrunc float %b to half\n%x = fpext half %h to float\n"
     "%r = call float @llvm.fma.f32(float %a, float %x, float %c)"},
};
constexpr Template double_templates[] = {
    {"to_f32", "%r = fptrunc double %a to float", "float"},
    {"to_f16", "%r = fptrunc double %a to half", "half"},
};
constexpr Template half_templates[] = {
    {"to_f32", "%r = fpext half %a to float", "float"},
    {"to_f64", "%r = fpext half %a to double", "double"},
    // LLVM 19 divides halves wrongly where the quotient lies midway between two subnormals: it rounds the
    // product with an approximate reciprocal. Sporkle divides them as floats.
    {"div_f32", "%x = fpext half %a to float\n%y = fpext half %b to float\n%r = fdiv float %x, %y", "float"},
    {"mix",
     "%x = fpext half %a to float\n%y = fpext half %b to float\n%z = fpext half %c to float\n"
     "%s = call float @llvm.fma.f32(float %x, float %y, float %z)\n%r = fptrunc float %s to half"},
};

constexpr Template packed_half[] = {
    {"add", "%r = fadd {T} %a, %b"},
    {"mul_neg", "%n = fneg {T} %b\n%r = fmul {T} %a, %n"},
    {"fma", "%r = call {T} @llvm.fma.{V}({T} %a, {T} %b, {T} %c)"},
    {"broadcast", "%x = shufflevector {T} %b, {T} %b, <2 x i32> <i32 1, i32 1>\n%r = fadd {T} %a, %x"},
    {"swap",
     "%x = shufflevector {T} %b, {T} %b, <2 x i32> <i32 1, i32 0>\n"
     "%r = call {T} @llvm.fma.{V}({T} %a, {T} %x, {T} %c)"},
};
constexpr Template packed_constant[] = {
    {"add_c", "%r = fadd {T} %a, {C}"},
    {"fma_c", "%r = call {T} @llvm.fma.{V}({T} %a, {T} {C}, {T} %b)"},
};
constexpr Template packed_short[] = {
    {"add", "%r = add {T} %a, %b"},
    {"sub", "%r = sub {T} %a, %b"},
    {"mad", "%x = mul {T} %a, %b\n%r = add {T} %x, %c"},
    {"smin", "%r = call {T} @llvm.smin.{V}({T} %a, {T} %b)"},
    {"umax", "%r = call {T} @llvm.umax.{V}({T} %a, {T} %b)"},
    {"shl", "%s = and {T} %b, <i16 15, i16 15>\n%r = shl {T} %a, %s"},
    {"lshr_c", "%r = lshr {T} %a, <i16 3, i16 3>"},
    {"ashr", "%s = and {T} %b, <i16 15, i16 15>\n%r = ashr {T} %a, %s"},
    {"add_c", "%r = add {T} %a, <i16 17, i16 -3>"},
    {"sat", "%r = call {T} @llvm.sadd.sat.{V}({T} %a, {T} %b)"},
    {"usat", "%r = call {T} @llvm.usub.sat.{V}({T} %a, {T} %b)"},
    {"shuffle", "%r = shufflevector {T} %a, {T} %b, <2 x i32> <i32 1, i32 2>"},
};

template <std::size_t n>
void instantiate(std::vector<Expression>& out, const Template (&templates)[n], const std::string& prefix,
                 const std::string& type, const std::string& intrinsic, const std::string& constant = "") {
    const std::string width = std::to_string(bits_of_type(type));
    for (const Template& t : templates) {
        const auto fill = [&](const std::string& text) {
            return replaced(replaced(replaced(replaced(text, "{T}", type), "{V}", intrinsic), "{W}", width),
                            "{C}", constant);
        };
        out.push_back({prefix + "_" + t.name, type, fill(t.result), fill(t.body)});
    }
}

/// "call T @name(T1 %x, T2 3)" → "declare T @name(T1, T2)".
void add_declarations(const std::string& body, std::set<std::string>& declarations) {
    for (std::size_t at = 0; (at = body.find("call ", at)) != body.npos; ++at) {
        const std::size_t name = body.find('@', at), open = body.find('(', name),
                          close = body.find(')', open);
        std::string types;
        for (std::size_t from = open + 1; from < close;) {
            std::size_t end = std::min(body.find(", ", from), close);
            // A comma inside of <…> separates elements, not arguments.
            while (body.substr(from, end - from).find('<') != std::string::npos &&
                   body.substr(from, end - from).find_last_of('<') >
                       body.substr(from, end - from).find_last_of('>') + 1)
                end = std::min(body.find(", ", end + 1), close);
            const std::string argument = body.substr(from, end - from);
            const std::size_t last = argument.front() == '<' ? argument.find('>') + 1 : argument.find(' ');
            types += (types.empty() ? "" : ", ") + argument.substr(0, last);
            from = end + 2;
        }
        declarations.insert("declare " + body.substr(at + 5, open - at - 5) + "(" + types + ")");
    }
}

std::string integer_of(const std::string& type) { return "i" + std::to_string(bits_of_type(type)); }

std::string exact_fma(const std::string& name, const std::string& half, const std::string& wide,
                      const std::string& type) {
    std::string text = "define internal " + half + " @exact_fma_" + name + "(" + half + " %a, " + half +
                       " %b, " + half + " %c) {\n";
    for (const std::string x : {"a", "b", "c"})
        text += "%" + x + "w = fpext " + half + " %" + x + " to " + type + "\n";
    text += "%s = call " + type + " @llvm.fma." + wide + "(" + type + " %aw, " + type + " %bw, " + type +
            " %cw)\n";
    text += "%r = fptrunc " + type + " %s to " + half + "\nret " + half + " %r\n}\n";
    return text + (wide == "v2f64"
                       ? "declare <2 x double> @llvm.fma.v2f64(<2 x double>, <2 x double>, <2 x double>)\n"
                       : "");
}

/// Loads %x from an i64 of an array and gives it the type.
std::string load(const std::string& x, const std::string& array, const std::string& type, const char* space,
                 const char* metadata) {
    const std::string bits = integer_of(type), p = "%" + x + "p", w = "%" + x + "w", t = "%" + x + "t";
    std::string text = p + " = getelementptr i64, ptr" + space + " %" + array + ", i64 %i\n" + w +
                       " = load i64, ptr" + space + " " + p + metadata + "\n";
    const std::string narrow = bits == "i64" ? w : t;
    if (bits != "i64") text += t + " = trunc i64 " + w + " to " + bits + "\n";
    return text + "%" + x + " = bitcast " + bits + " " + narrow + " to " + type + "\n";
}
std::string call_and_store(const Expression& e, const char* space) {
    const std::string bits = integer_of(e.result), t = e.argument;
    std::string text =
        "%r = call " + e.result + " @f_" + e.name + "(" + t + " %xa, " + t + " %xb, " + t + " %xc)\n";
    text += "%rb = bitcast " + e.result + " %r to " + bits + "\n";
    if (bits != "i64") text += "%rw = zext " + bits + " %rb to i64\n";
    return text + "%op = getelementptr i64, ptr" + space + " %out, i64 %i\nstore i64 %r" +
           (bits == "i64" ? "b" : "w") + ", ptr" + space + " %op\n";
}

}  // namespace

int bits_of_type(const std::string& type) {
    if (type == "half") return 16;
    if (type == "float") return 32;
    if (type == "double") return 64;
    if (type[0] == 'i') return std::stoi(type.substr(1));
    const std::size_t x = type.find(" x ");
    return std::stoi(type.substr(1)) * bits_of_type(type.substr(x + 3, type.size() - x - 4));
}
std::string float_type_of(const std::string& type) {
    for (const char* name : {"half", "float", "double"})
        if (type.find(name) != type.npos) return name;
    return {};
}

std::vector<Expression> integer_expressions() {
    std::vector<Expression> out;
    for (const char* type : {"i8", "i16", "i32", "i64"})
        instantiate(out, integer_templates, type, type, type);
    instantiate(out, word_templates, "i32", "i32", "i32");
    return out;
}
std::vector<Expression> float_expressions() {
    std::vector<Expression> out;
    instantiate(out, float_templates, "f32", "float", "f32");
    instantiate(out, float_templates, "f64", "double", "f64");
    instantiate(out, float_templates, "f16", "half", "f16");
    std::erase_if(out, [](const Expression& e) { return e.name == "f16_div"; });
    instantiate(out, single_templates, "f32", "float", "f32");
    instantiate(out, double_templates, "f64", "double", "f64");
    instantiate(out, half_templates, "f16", "half", "f16");
    return out;
}
std::vector<Expression> packed_expressions() {
    std::vector<Expression> out;
    instantiate(out, packed_half, "v2f16", "<2 x half>", "v2f16");
    instantiate(out, packed_constant, "v2f16", "<2 x half>", "v2f16", "<half 0xH4200, half 0xHB800>");
    instantiate(out, packed_half, "v2f32", "<2 x float>", "v2f32");
    instantiate(out, packed_constant, "v2f32", "<2 x float>", "v2f32", "<float 2.0, float 2.0>");
    instantiate(out, packed_short, "v2i16", "<2 x i16>", "v2i16");
    return out;
}

std::string functions_text(const std::vector<Expression>& expressions, bool exact_half_fma) {
    std::set<std::string> declarations;
    std::string text;
    for (Expression e : expressions) {
        if (exact_half_fma) {
            e.body = replaced(e.body, "@llvm.fma.f16", "@exact_fma_f16");
            e.body = replaced(e.body, "@llvm.fma.v2f16", "@exact_fma_v2f16");
        }
        add_declarations(e.body, declarations);
        text += "define internal " + e.result + " @f_" + e.name + "(" + e.argument + " %a, " + e.argument +
                " %b, " + e.argument + " %c) alwaysinline {\n" + e.body + "\nret " + e.result + " %r\n}\n";
    }
    for (const std::string& declaration : declarations)
        if (declaration.find("@exact") == declaration.npos) text += declaration + "\n";
    if (exact_half_fma)
        text += exact_fma("f16", "half", "f64", "double") +
                exact_fma("v2f16", "<2 x half>", "v2f64", "<2 x double>");
    return text;
}

std::string kernels_text(const std::vector<Expression>& expressions) {
    constexpr const char* space = " addrspace(1)";
    const std::string arguments =
        "(ptr addrspace(1) noalias readonly %a, ptr addrspace(1) noalias readonly %b, ptr addrspace(1) "
        "noalias "
        "readonly %c, ptr addrspace(1) noalias %out, i32 %n) #0 {\n";
    std::string text = "!0 = !{}\n";
    for (const Expression& e : expressions) {
        const auto loads = [&](const char* metadata) {
            return load("xa", "a", e.argument, space, metadata) +
                   load("xb", "b", e.argument, space, metadata) +
                   load("xc", "c", e.argument, space, metadata);
        };
        text += "define amdgpu_kernel void @v_" + e.name + arguments +
                "%i32 = call i32 @item(i32 256)\n%i = zext i32 %i32 to i64\n" + loads("") +
                call_and_store(e, space) + "ret void\n}\n";
        text +=
            "define amdgpu_kernel void @s_" + e.name + arguments + "br label %loop\nloop:\n" +
            "%k = phi i32 [0, %0], [%k1, %loop]\n%i = zext i32 %k to i64\n" + loads(", !invariant.load !0") +
            call_and_store(e, space) +
            "%k1 = add i32 %k, 1\n%more = icmp slt i32 %k1, %n\nbr i1 %more, label %loop, label %end\nend:\n"
            "ret void\n}\n";
    }
    return text;
}

}  // namespace sporkle::testing
