#include "tests/spirv/pretended_driver.hpp"

#include <map>
#include <set>
#include <spirv-tools/libspirv.hpp>
#include <sstream>
#include <stdexcept>
#include <string>

namespace sporkle::test {
namespace {

using Words = std::vector<std::string>;

/// Fma rounds to odd in f64 (sporkle/math/odd.hpp), written anew so that nothing of what is tested is used.
constexpr char functions[] = R"(
%sim_flush = OpFunction $f32 None %sim_f32_to_f32
%sim_x = OpFunctionParameter $f32
%sim_flush_label = OpLabel
%sim_bits = OpBitcast $u32 %sim_x
%sim_exponent = OpBitwiseAnd $u32 %sim_bits %sim_exponent_mask
%sim_sign = OpBitwiseAnd $u32 %sim_bits %sim_sign_mask
%sim_small = OpIEqual $bool %sim_exponent %sim_zero
%sim_kept_bits = OpSelect $u32 %sim_small %sim_sign %sim_bits
%sim_flushed = OpBitcast $f32 %sim_kept_bits
OpReturnValue %sim_flushed
OpFunctionEnd
%sim_negate = OpFunction $u32 None %sim_u32_to_u32
%sim_n = OpFunctionParameter $u32
%sim_negate_label = OpLabel
%sim_n_number = OpBitcast $f32 %sim_n
%sim_n_flushed = OpFunctionCall $f32 %sim_flush %sim_n_number
%sim_n_bits = OpBitcast $u32 %sim_n_flushed
%sim_negated = OpIAdd $u32 %sim_n_bits %sim_sign_mask
OpReturnValue %sim_negated
OpFunctionEnd
%sim_kept = OpFunction $f32 None %sim_f32_to_f32
%sim_k = OpFunctionParameter $f32
%sim_kept_label = OpLabel
OpReturnValue %sim_k
OpFunctionEnd
%sim_fma = OpFunction $f32 None %sim_fff_to_f32
%sim_a = OpFunctionParameter $f32
%sim_b = OpFunctionParameter $f32
%sim_c = OpFunctionParameter $f32
%sim_fma_label = OpLabel
%sim_a0 = OpFunctionCall $f32 $fma_takes %sim_a
%sim_b0 = OpFunctionCall $f32 $fma_takes %sim_b
%sim_c0 = OpFunctionCall $f32 $fma_takes %sim_c
%sim_a1 = OpFConvert $f64 %sim_a0
%sim_b1 = OpFConvert $f64 %sim_b0
%sim_c1 = OpFConvert $f64 %sim_c0
%sim_p = OpFMul $f64 %sim_a1 %sim_b1
%sim_s = OpFAdd $f64 %sim_p %sim_c1
%sim_c2 = OpFSub $f64 %sim_s %sim_p
%sim_p2 = OpFSub $f64 %sim_s %sim_c2
%sim_c3 = OpFSub $f64 %sim_c1 %sim_c2
%sim_p3 = OpFSub $f64 %sim_p %sim_p2
%sim_e = OpFAdd $f64 %sim_c3 %sim_p3
%sim_lost1 = OpFOrdLessThan $bool %sim_e %sim_zero64
%sim_lost2 = OpFOrdGreaterThan $bool %sim_e %sim_zero64
%sim_lost = OpLogicalOr $bool %sim_lost1 %sim_lost2
%sim_sb = OpBitcast $u64 %sim_s
%sim_eb = OpBitcast $u64 %sim_e
%sim_last = OpBitwiseAnd $u64 %sim_sb %sim_one64
%sim_even = OpIEqual $bool %sim_last %sim_none64
%sim_makes_odd = OpLogicalAnd $bool %sim_lost %sim_even
%sim_differ = OpBitwiseXor $u64 %sim_sb %sim_eb
%sim_towards = OpShiftRightArithmetic $u64 %sim_differ %sim_last_place
%sim_step = OpBitwiseOr $u64 %sim_towards %sim_one64
%sim_moved = OpIAdd $u64 %sim_sb %sim_step
%sim_odd = OpSelect $u64 %sim_makes_odd %sim_moved %sim_sb
%sim_wide = OpBitcast $f64 %sim_odd
%sim_exact = OpFConvert $f32 %sim_wide
%sim_result = OpFunctionCall $f32 $fma_takes %sim_exact
OpReturnValue %sim_result
OpFunctionEnd
%sim_guess32 = OpFunction $f32 None %sim_f32_to_f32
%sim_g = OpFunctionParameter $f32
%sim_guess32_label = OpLabel
%sim_g_flushed = OpFunctionCall $f32 %sim_flush %sim_g
%sim_g_bits = OpBitcast $u32 %sim_g_flushed
%sim_g_exponent = OpBitwiseAnd $u32 %sim_g_bits %sim_exponent_mask
%sim_g_small = OpIEqual $bool %sim_g_exponent %sim_zero
%sim_g_large = OpIEqual $bool %sim_g_exponent %sim_exponent_mask
%sim_g_special = OpLogicalOr $bool %sim_g_small %sim_g_large
%sim_g_off = OpBitwiseXor $u32 %sim_g_bits %sim_off32
%sim_g_kept = OpSelect $u32 %sim_g_special %sim_g_bits %sim_g_off
%sim_g_result = OpBitcast $f32 %sim_g_kept
OpReturnValue %sim_g_result
OpFunctionEnd
%sim_guess64 = OpFunction $f64 None %sim_f64_to_f64
%sim_h = OpFunctionParameter $f64
%sim_guess64_label = OpLabel
%sim_h_bits = OpBitcast $u64 %sim_h
%sim_h_exponent = OpBitwiseAnd $u64 %sim_h_bits %sim_exponent_mask64
%sim_h_small = OpIEqual $bool %sim_h_exponent %sim_none64
%sim_h_large = OpIEqual $bool %sim_h_exponent %sim_exponent_mask64
%sim_h_special = OpLogicalOr $bool %sim_h_small %sim_h_large
%sim_h_off = OpBitwiseXor $u64 %sim_h_bits %sim_off64
%sim_h_kept = OpSelect $u64 %sim_h_special %sim_h_bits %sim_h_off
%sim_h_result = OpBitcast $f64 %sim_h_kept
OpReturnValue %sim_h_result
OpFunctionEnd
)";

Words words_of(const std::string& line) {
    std::istringstream stream(line);
    Words words;
    for (std::string word; stream >> word;) words.push_back(word);
    return words;
}

class Simulation {
  public:
    Simulation(const std::string& text, const spirv::DeviceFacts& facts) : facts_(facts) {
        std::istringstream stream(text);
        for (std::string line; std::getline(stream, line);) lines_.push_back(words_of(line));
        for (const Words& w : lines_) note(w);
    }

    /// Empty where there is nothing that could flush.
    std::string run() {
        std::string head, types, code, capability;
        if (ids_["f64"].empty()) capability = "OpCapability Float64\n";
        std::string* part = &head;
        bool is_decorated = false;
        for (const Words& w : lines_) {
            if (w.size() > 2 && w[2].starts_with("OpType") && !is_decorated) {
                is_decorated = true;
                for (const char* const step : {"p", "s", "c2", "p2", "c3", "p3", "e"})
                    head += std::string("OpDecorate %sim_") + step + " NoContraction\n";
            }
            if (w.size() > 2 && w[2] == "OpFunction" && part == &head) {
                declare(types);
                part = &code;
            }
            if (!facts_.subgroup_shuffle && w.size() == 4 && w[0] == "OpDecorate" && w[2] == "SpecId") {
                changed_ = true;  // the driver above leaves it at 1
                continue;
            }
            *part += part == &code ? replaced(w) : joined(w);
        }
        if (!changed_) return {};
        std::string text = functions;
        const std::string takes = "$fma_takes";
        for (std::size_t at = text.find(takes); at != std::string::npos; at = text.find(takes))
            text.replace(at, takes.size(),
                         facts_.fma_f32 == spirv::Exactness::flushes ? "%sim_flush" : "%sim_kept");
        for (const char* const type : {"f32", "f64", "u32", "u64", "bool"}) {
            const std::string name = std::string("$") + type;
            for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name))
                text.replace(at, name.size(), ids_[type]);
        }
        return capability + head + types + code + text;
    }

  private:
    static std::string joined(const Words& w) {
        std::string line;
        for (const std::string& word : w) line += word + " ";
        return line + "\n";
    }

    static bool defines(const Words& w) { return w.size() > 3 && w[1] == "="; }

    void note(const Words& w) {
        if (w.size() < 3 || w[1] != "=") return;
        const std::string declaration = w.size() > 3 ? w[2] + " " + w[3] : w[2];
        for (const auto& [name, op] : {std::pair{"f32", "OpTypeFloat 32"},
                                       {"f64", "OpTypeFloat 64"},
                                       {"u32", "OpTypeInt 32"},
                                       {"u64", "OpTypeInt 64"},
                                       {"bool", "OpTypeBool"}})
            if (declaration == op) ids_[name] = w[0];
        if (!defines(w)) return;
        if (w[3] == ids_["f32"]) numbers_.insert(w[0]);
        if (w[2] == "OpConstant" && w[3] == ids_["u32"] && w[4] == "2147483648") signs_.insert(w[0]);
        if (is_comparison(w)) comparisons_[w[0]] = {w[4], w[5]};
        if (w.size() == 6 && (w[2] == "OpLogicalOr" || w[2] == "OpLogicalAnd"))
            for (const std::string& condition : {w[4], w[5]})
                if (const auto found = comparisons_.find(condition); found != comparisons_.end())
                    comparisons_[w[0]].insert(found->second.begin(), found->second.end());
    }

    bool is_comparison(const Words& w) const {
        return w.size() == 6 && (w[2].starts_with("OpFOrd") || w[2] == "OpFUnordNotEqual") &&
               numbers_.contains(w[4]);
    }

    void declare(std::string& types) {
        for (const auto& [name, op] : {std::pair{"f32", "OpTypeFloat 32"},
                                       {"f64", "OpTypeFloat 64"},
                                       {"u32", "OpTypeInt 32 0"},
                                       {"u64", "OpTypeInt 64 0"},
                                       {"bool", "OpTypeBool"}}) {
            if (!ids_[name].empty()) continue;
            ids_[name] = std::string("%sim_") + name;
            types += ids_[name] + " = " + op + "\n";
        }
        const std::string f32 = ids_["f32"], u32 = ids_["u32"], u64 = ids_["u64"];
        types += "%sim_exponent_mask = OpConstant " + u32 + " 2139095040\n%sim_sign_mask = OpConstant " +
                 u32 + " 2147483648\n%sim_zero = OpConstant " + u32 + " 0\n%sim_one64 = OpConstant " + u64 +
                 " 1\n%sim_none64 = OpConstant " + u64 + " 0\n%sim_last_place = OpConstant " + u64 +
                 " 63\n%sim_zero64 = OpConstant " + ids_["f64"] + " 0\n%sim_off32 = OpConstant " + u32 +
                 " 3\n%sim_off64 = OpConstant " + u64 + " 2147483648\n%sim_exponent_mask64 = OpConstant " +
                 u64 + " 9218868437227405312\n";
        function_type(types, "%sim_f32_to_f32", {f32, f32});
        function_type(types, "%sim_u32_to_u32", {u32, u32});
        function_type(types, "%sim_fff_to_f32", {f32, f32, f32, f32});
        function_type(types, "%sim_f64_to_f64", {ids_["f64"], ids_["f64"]});
    }

    /// The same function type must not be declared twice: where there is one, it takes the new name's place.
    void function_type(std::string& types, const std::string& name, const Words& of) {
        for (const Words& w : lines_)
            if (w.size() == of.size() + 3 && w[2] == "OpTypeFunction" &&
                Words(w.begin() + 3, w.end()) == of) {
                renamed_[name] = w[0];
                return;
            }
        types += name + " = OpTypeFunction " + joined(of);
    }

    std::string call(const std::string& result, const std::string& type, const std::string& function,
                     const Words& operands) {
        return result + " = OpFunctionCall " + type + " " + function + " " + joined(operands);
    }

    std::string new_id() { return "%sim_t" + std::to_string(next_++); }

    std::string flushed(const std::string& operand, std::string& before) {
        const std::string id = new_id();
        before += call(id, ids_["f32"], "%sim_flush", {operand});
        return id;
    }

    std::string replaced(const Words& w) {
        const std::string text = changed(w);
        changed_ = changed_ || text != joined(w);
        return text;
    }

    std::string changed(Words w) {
        std::string before;
        const std::string f32 = ids_["f32"], f64 = ids_["f64"];
        const bool is_extended = w.size() > 5 && w[2] == "OpExtInst";
        if (w.size() == 9 && is_extended && w[3] == f32 && w[5] == "Fma" &&
            facts_.fma_f32 != spirv::Exactness::inexact)
            return call(w[0], f32, "%sim_fma", {w[6], w[7], w[8]});
        const bool is_root = w.size() == 7 && is_extended && w[5] == "Sqrt";
        const bool is_quotient = w.size() == 6 && w[2] == "OpFDiv";
        if ((is_root || is_quotient) &&
            !(w[3] == f32 ? (is_root ? facts_.exact_sqrt_f32 : facts_.exact_division_f32)
                          : (is_root ? facts_.exact_sqrt_f64 : facts_.exact_division_f64))) {
            const bool is_single = w[3] == f32;
            if (is_single)
                for (std::size_t n = is_root ? 6 : 4; n < w.size(); ++n) w[n] = flushed(w[n], before);
            const std::string result = w[0];
            w[0] = new_id();
            return before + joined(w) +
                   call(result, w[3], is_single ? "%sim_guess32" : "%sim_guess64", {w[0]});
        }
        if (!facts_.exact_division_i64 && w.size() == 6 && w[2] == "OpSDiv" && w[3] == ids_["u64"]) {
            const std::string result = w[0];
            w[0] = new_id();
            return joined(w) + joined({result, "=", "OpNot", w[3], w[0]});
        }
        if (!facts_.exact_sign_f32 && w.size() == 6 && w[2] == "OpBitwiseXor" && w[3] == ids_["u32"] &&
            signs_.contains(w[5]))
            return call(w[0], ids_["u32"], "%sim_negate", {w[4]});
        if (!facts_.exact_widening && w.size() == 5 && w[2] == "OpFConvert" && numbers_.contains(w[4]))
            w[4] = flushed(w[4], before);
        if (facts_.exact_comparison_f32) return before + joined(w);
        if (is_comparison(w)) {
            w[4] = flushed(w[4], before);
            w[5] = flushed(w[5], before);
        }
        if (w.size() == 7 && w[2] == "OpSelect" && w[3] == f32)
            if (const auto found = comparisons_.find(w[4]);
                found != comparisons_.end() && found->second.contains(w[5]) && found->second.contains(w[6])) {
                w[5] = flushed(w[5], before);
                w[6] = flushed(w[6], before);
            }
        return before + joined(w);
    }

    const spirv::DeviceFacts& facts_;
    std::vector<Words> lines_;
    std::map<std::string, std::string> ids_, renamed_;
    std::set<std::string> numbers_, signs_;
    std::map<std::string, std::set<std::string>> comparisons_;
    int next_ = 0;
    bool changed_ = false;

  public:
    const std::map<std::string, std::string>& renamed() const { return renamed_; }
};

}  // namespace

spirv::DeviceFacts flushing_device() {
    spirv::DeviceFacts facts;
    facts.fma_f32 = spirv::Exactness::flushes;
    facts.exact_comparison_f32 = facts.exact_widening = facts.exact_sign_f32 = false;
    facts.exact_sqrt_f32 = false;
    return facts;
}

std::vector<std::uint32_t> with_pretended_driver(std::span<const std::uint32_t> module,
                                                 const spirv::DeviceFacts& facts) {
    spvtools::SpirvTools tools(SPV_ENV_VULKAN_1_2);
    std::string faults;
    tools.SetMessageConsumer(
        [&](spv_message_level_t, const char*, const spv_position_t& position, const char* message) {
            faults += "line " + std::to_string(position.line) + ": " + message + "\n";
        });
    std::string text;
    if (!tools.Disassemble(module.data(), module.size(), &text, SPV_BINARY_TO_TEXT_OPTION_NO_HEADER))
        throw std::logic_error("the module cannot be disassembled: " + faults);
    Simulation simulation(text, facts);
    text = simulation.run();
    if (text.empty()) return {module.begin(), module.end()};
    for (const auto& [name, id] : simulation.renamed())
        for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name))
            text.replace(at, name.size(), id);
    std::vector<std::uint32_t> words;
    if (!tools.Assemble(text, &words, SPV_TEXT_TO_BINARY_OPTION_PRESERVE_NUMERIC_IDS))
        throw std::logic_error("the simulated module cannot be assembled: " + faults + text);
    return words;
}

}  // namespace sporkle::test
