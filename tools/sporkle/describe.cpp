#include "tools/sporkle/describe.hpp"

#include <sporkle/signature.hpp>

#include "codegen/text/formula_text.hpp"
#include "codegen/text/variant_text.hpp"
#include "tools/sporkle/amdgpu/dispatch_facts.hpp"

namespace sporkle::command {
namespace {

using Json = nlohmann::ordered_json;

const char* role_name(const ArgumentSignature& argument) {
    if (argument.is_scalar) return "scalar";
    return argument.role == Role::output ? "output" : "input";
}

const char* numerics_name(Numerics numerics) { return numerics == Numerics::fast ? "fast" : "reproducible"; }

Json to_json(const bundle::Variant& variant, const bundle::Bundle& bundle, const Program& program) {
    Json preconditions = Json::array(), scratch = Json::array(), dispatches = Json::array();
    for (const bundle::Precondition& condition : variant.preconditions)
        preconditions.push_back(to_text(condition, program));
    for (const bundle::Scratch& buffer : variant.scratch)
        scratch.push_back({{"name", buffer.name},
                           {"per_task", buffer.per_task},
                           {"bytes", to_text(buffer.bytes, program)}});
    for (const bundle::Dispatch& dispatch : variant.dispatches) {
        Json grid = Json::array();
        for (const bundle::Formula& size : dispatch.grid) grid.push_back(to_text(size, program));
        dispatches.push_back({{"symbol", dispatch.symbol},
                              {"entry", dispatch.entry},
                              {"code_bytes", dispatch.code_bytes},
                              {"grid", std::move(grid)}});
    }
    if (variant.target == "amdgpu") {
        const std::vector<DispatchFacts> facts = dispatch_facts(packets_of(bundle, variant));
        for (std::size_t d = 0; d < facts.size(); ++d) dispatches[d]["resources"] = to_json(facts[d]);
    }
    return {{"target", variant.target},
            {"architecture", variant.architecture},
            {"schedule", variant.schedule},
            {"schedule_text", variant.schedule_text},
            {"numerics", numerics_name(variant.numerics)},
            {"rank", variant.rank},
            {"blob", variant.blob},
            {"code_bytes", code_bytes(variant)},
            {"preconditions", std::move(preconditions)},
            {"scratch", std::move(scratch)},
            {"dispatches", std::move(dispatches)}};
}

Json to_json(const bundle::Kernel& kernel, const bundle::Bundle& bundle) {
    Json arguments = Json::array(), variants = Json::array();
    const Signature signature = signature_of(kernel.program);
    for (int a = 0; a < signature.count; ++a) {
        const ArgumentSignature& argument = signature.arguments[a];
        arguments.push_back({{"name", argument.name.view()},
                             {"role", role_name(argument)},
                             {"dtype", name_of(argument.dtype)},
                             {"rank", argument.rank}});
    }
    for (const bundle::Variant& variant : kernel.variants)
        variants.push_back(to_json(variant, bundle, kernel.program));
    return {{"name", kernel.name()},
            {"hash", to_text(kernel.hash)},
            {"numerics", numerics_name(kernel.program.numerics)},
            {"arguments", std::move(arguments)},
            {"variants", std::move(variants)}};
}

}  // namespace

std::string to_text(const bundle::Formula& formula, const Program& program) {
    codegen::Formula same;
    for (const bundle::Formula::Term& term : formula.terms) {
        codegen::Formula::Term& to = same.terms.emplace_back();
        to.coefficient = term.coefficient;
        for (const bundle::Formula::Factor& factor : term.factors)
            to.factors.push_back({factor.words, factor.divisor});
    }
    return codegen::to_text(same, [&](int word) { return codegen::word_name(program, word); });
}

std::string to_text(const bundle::Precondition& p, const Program& program) {
    return codegen::to_text(codegen::Precondition{static_cast<codegen::Condition>(p.condition), p.tensor,
                                                  p.dim, p.index, p.value},
                            program);
}

std::string to_text(const Hash& hash) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (const std::uint64_t half : {hash.high, hash.low})
        for (int shift = 60; shift >= 0; shift -= 4) text += digits[half >> shift & 15];
    return text;
}

std::uint64_t code_bytes(const bundle::Variant& variant) {
    std::uint64_t total = 0;
    for (const bundle::Dispatch& dispatch : variant.dispatches) total += dispatch.code_bytes;
    return total;
}

Json to_json(const bundle::Bundle& bundle) {
    Json kernels = Json::array(), blobs = Json::array();
    for (const bundle::Kernel& kernel : bundle.kernels) kernels.push_back(to_json(kernel, bundle));
    for (const bundle::Blob& blob : bundle.blobs)
        blobs.push_back({{"target", blob.target},
                         {"architecture", blob.architecture},
                         {"executable", blob.executable},
                         {"bytes", blob.bytes.size()}});
    return {{"identity", to_text(bundle.identity)},
            {"producer", bundle.producer},
            {"kernels", std::move(kernels)},
            {"blobs", std::move(blobs)}};
}

}  // namespace sporkle::command
