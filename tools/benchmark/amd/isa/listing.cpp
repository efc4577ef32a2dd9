#include "tools/benchmark/amd/isa/listing.hpp"

#include <algorithm>

namespace sporkle::bench::amd {
namespace {

bool is_any_of(std::string_view text, std::initializer_list<std::string_view> prefixes) {
    return std::any_of(prefixes.begin(), prefixes.end(),
                       [&](std::string_view prefix) { return text.starts_with(prefix); });
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r");
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

/// Without comments, which begin with ';' in LLVM's and Mesa's text, or "//".
std::string_view without_comment(std::string_view line) {
    return line.substr(0, std::min(line.find(';'), line.find("//")));
}

bool is_instruction(std::string_view text) {
    return is_any_of(text, {"s_", "v_", "ds_", "global_", "flat_", "buffer_", "scratch_", "image_", "exp"});
}

/// Of one mnemonic, whatever its encoding: v_fma_f32, v_fmac_f32_e32, v_pk_fma_f16, v_dual_fmaak_f32.
Arithmetic arithmetic_of(std::string_view mnemonic) {
    int lanes = 1;
    if (!mnemonic.starts_with("v_")) return {};
    mnemonic.remove_prefix(2);
    if (mnemonic.starts_with("dual_")) mnemonic.remove_prefix(5);
    if (mnemonic.starts_with("pk_")) {
        lanes = 2;
        mnemonic.remove_prefix(3);
    }
    if (mnemonic.starts_with("dot") && mnemonic.size() > 3) return {.multiply_adds = mnemonic[3] - '0'};
    const auto underscore = std::min(mnemonic.find('_'), mnemonic.size());
    const std::string_view operation = mnemonic.substr(0, underscore);
    const std::string_view type = mnemonic.substr(std::min(underscore + 1, mnemonic.size()));
    if (!is_any_of(type, {"f16", "f32", "f64", "bf16", "legacy_f", "mix"})) return {};
    for (const char* fused : {"fma", "fmac", "fmaak", "fmamk", "mac", "mad", "madak", "madmk"})
        if (operation == fused) return {.multiply_adds = lanes};
    if (operation == "mul") return {.products = lanes};
    if (operation == "add" || operation == "sub" || operation == "subrev") return {.sums = lanes};
    return {};
}

struct Loop {
    std::size_t first, last;  ///< instructions, both included
    bool contains(const Loop& other) const {
        return first <= other.first && other.last <= last && (first != other.first || last != other.last);
    }
};

std::vector<Loop> loops_of(const Listing& listing) {
    std::map<std::size_t, std::size_t> last_of;  ///< header → last branch back
    for (std::size_t at = 0; at < listing.instructions.size(); ++at) {
        const Instruction& instruction = listing.instructions[at];
        if (class_of(instruction) != InstructionClass::branch) continue;
        const auto target = listing.labels.find(instruction.operands);
        if (target == listing.labels.end() || target->second > at) continue;
        last_of[target->second] = at;
    }
    std::vector<Loop> loops;
    for (const auto& [first, last] : last_of) loops.push_back({first, last});
    return loops;
}

}  // namespace

const char* name_of(InstructionClass one) {
    constexpr const char* names[instruction_classes] = {"fma",  "matrix",        "vector",        "scalar",
                                                        "lds",  "vector memory", "scalar memory", "branch",
                                                        "hint", "barrier"};
    return names[static_cast<std::size_t>(one)];
}

InstructionClass class_of(const Instruction& instruction) {
    const std::string_view name = instruction.mnemonic;
    using Class = InstructionClass;
    if (name.starts_with("v_")) {
        if (is_any_of(name, {"v_mfma", "v_smfmac", "v_wmma", "v_swmmac"})) return Class::matrix;
        return arithmetic_of(instruction).multiply_adds > 0 ? Class::fma : Class::vector;
    }
    if (name.starts_with("ds_")) return Class::lds;
    if (!name.starts_with("s_")) return Class::vector_memory;
    if (is_any_of(name, {"s_load", "s_buffer_load", "s_store", "s_dcache", "s_prefetch"}))
        return Class::scalar_memory;
    if (is_any_of(name, {"s_branch", "s_cbranch", "s_endpgm", "s_setpc", "s_swappc", "s_call"}))
        return Class::branch;
    if (name.starts_with("s_barrier")) return Class::barrier;
    if (is_any_of(name, {"s_wait", "s_delay_alu", "s_clause", "s_nop", "s_code_end", "s_set_inst_prefetch",
                         "s_inst_prefetch", "s_sleep", "s_setprio"}))
        return Class::hint;
    return Class::scalar;
}

Arithmetic arithmetic_of(const Instruction& instruction) {
    std::string_view text = instruction.mnemonic;
    Arithmetic sum = arithmetic_of(text.substr(0, text.find(' ')));
    const auto second = text.find("::");
    if (second == text.npos) return sum;
    text = trimmed(text.substr(second + 2));
    const Arithmetic other = arithmetic_of(text.substr(0, text.find(' ')));
    return {sum.multiply_adds + other.multiply_adds, sum.products + other.products, sum.sums + other.sums};
}

Listing parse_listing(std::string_view text) {
    Listing listing;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        const std::string_view line = trimmed(without_comment(text.substr(begin, end - begin)));
        begin = end + 1;
        if (line.ends_with(':') && line.find(' ') == line.npos) {
            listing.labels[std::string(line.substr(0, line.size() - 1))] = listing.instructions.size();
        } else if (is_instruction(line)) {
            const bool is_dual = line.find("::") != line.npos;
            const auto space = is_dual ? line.npos : line.find_first_of(" \t");
            listing.instructions.push_back(
                {std::string(line.substr(0, space)),
                 space == line.npos ? std::string() : std::string(trimmed(line.substr(space)))});
        }
    }
    return listing;
}

void Counts::add(const Instruction& instruction) {
    const Arithmetic one = arithmetic_of(instruction);
    ++instructions;
    arithmetic.multiply_adds += one.multiply_adds;
    arithmetic.products += one.products;
    arithmetic.sums += one.sums;
    ++of_class[static_cast<std::size_t>(class_of(instruction))];
}

std::string to_text(const Counts& counts) {
    const int unfused = counts.multiply_adds() - counts.arithmetic.multiply_adds;
    std::string text = std::to_string(counts.multiply_adds()) + " multiply-adds" +
                       (unfused > 0 ? " (" + std::to_string(unfused) + " not fused)" : "") + " in " +
                       std::to_string(counts.instructions) + " instructions";
    const char* separator = ": ";
    for (std::size_t c = 0; c < instruction_classes; ++c)
        if (counts.of_class[c] > 0) {
            text += separator + std::string(name_of(static_cast<InstructionClass>(c))) + " " +
                    std::to_string(counts.of_class[c]);
            separator = ", ";
        }
    return text;
}

Counts hottest_loop(const Listing& listing) {
    const std::vector<Loop> loops = loops_of(listing);
    Counts hottest;
    for (const Loop& loop : loops) {
        Counts own;
        for (std::size_t at = loop.first; at <= loop.last; ++at) {
            const bool is_inner = std::any_of(loops.begin(), loops.end(), [&](const Loop& other) {
                return loop.contains(other) && other.first <= at && at <= other.last;
            });
            if (!is_inner) own.add(listing.instructions[at]);
        }
        if (own.multiply_adds() > hottest.multiply_adds()) hottest = own;
    }
    return hottest;
}

}  // namespace sporkle::bench::amd
