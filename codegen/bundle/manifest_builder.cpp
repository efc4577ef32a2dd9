#include "codegen/bundle/manifest_builder.hpp"

#include <flatbuffers/flatbuffers.h>
#include <sporkle_manifest_generated.h>

#include <algorithm>

#include <sporkle/error.hpp>
#include <sporkle/hash.hpp>

#include "codegen/bundle/program_bytes.hpp"
#include "runtime/bundle/checksum.hpp"
#include "runtime/bundle/format.hpp"

namespace sporkle::codegen {
namespace {

manifest::Hash128 stored(const Hash& hash) { return {hash.high, hash.low}; }

std::unique_ptr<manifest::FormulaT> stored(const Formula& from) {
    auto to = std::make_unique<manifest::FormulaT>();
    for (const Formula::Term& term : from.terms) {
        auto& stored_term = to->terms.emplace_back(std::make_unique<manifest::TermT>());
        stored_term->coefficient = term.coefficient;
        for (const Formula::Factor& factor : term.factors) {
            auto& stored_factor = stored_term->factors.emplace_back(std::make_unique<manifest::FactorT>());
            stored_factor->words = factor.words;
            stored_factor->divisor = factor.divisor;
        }
    }
    return to;
}

manifest::Precondition stored(const Precondition& p) {
    return {p.value, static_cast<manifest::Condition>(p.condition), p.tensor, p.dim, p.index};
}

std::unique_ptr<manifest::VariantT> stored(const Variant& from, std::span<const Code::Entry> entries) {
    auto to = std::make_unique<manifest::VariantT>();
    to->target = from.machine.target;
    to->architecture = from.machine.architecture;
    to->schedule = from.schedule.name;
    to->schedule_text = to_text(from.schedule);
    to->numerics = static_cast<manifest::Numerics>(from.numerics);
    for (const Precondition& p : from.preconditions) to->preconditions.push_back(stored(p));
    for (const Scratch& scratch : from.scratch) {
        auto& stored_scratch = to->scratch.emplace_back(std::make_unique<manifest::ScratchT>());
        stored_scratch->name = scratch.name;
        stored_scratch->per_task = scratch.per_task;
        stored_scratch->bytes = stored(scratch.bytes);
    }
    if (entries.size() != from.dispatches.size())
        throw Error(ErrorCode::invalid_argument,
                    "bundle: variant '" + from.schedule.name + "' has code for another number of dispatches");
    for (std::size_t d = 0; d < from.dispatches.size(); ++d) {
        auto& dispatch = to->dispatches.emplace_back(std::make_unique<manifest::DispatchT>());
        dispatch->entry = entries[d].offset;
        dispatch->code_bytes = entries[d].size;
        dispatch->symbol = entries[d].symbol;
        for (const Formula& grid : from.dispatches[d].grid) dispatch->grid.push_back(stored(grid));
    }
    return to;
}

class Builder {
  public:
    BundleContents build(std::span<const CompiledKernel> kernels) {
        manifest_.producer = "Sporkle " SPORKLE_VERSION;
        manifest_.program_bytes = sizeof(Program);
        for (const CompiledKernel& kernel : kernels) add(kernel);
        flatbuffers::FlatBufferBuilder buffer;
        buffer.Finish(manifest::Manifest::Pack(buffer, &manifest_), manifest::ManifestIdentifier());
        const auto bytes = std::as_bytes(std::span(buffer.GetBufferPointer(), buffer.GetSize()));
        contents_.manifest.assign(bytes.begin(), bytes.end());
        return std::move(contents_);
    }

  private:
    void add(const CompiledKernel& kernel) {
        const Hash hash = hash_of(kernel.program);
        auto stored_kernel = std::make_unique<manifest::KernelT>();
        stored_kernel->name = std::string(kernel.program.name.view());
        for (const Hash& other : hashes_)
            if (other == hash)
                throw Error(ErrorCode::invalid_argument,
                            "bundle: kernel '" + stored_kernel->name + "' occurs twice");
        hashes_.push_back(hash);
        stored_kernel->hash = std::make_unique<manifest::Hash128>(stored(hash));
        for (std::byte b : program_bytes(kernel.program))
            stored_kernel->program.push_back(static_cast<std::uint8_t>(b));
        for (const CompiledVariants& part : kernel.parts) {
            if (part.variants.empty()) continue;
            const std::uint32_t blob = add_blob(part);
            for (std::size_t v = 0; v < part.variants.size(); ++v) {
                auto& variant =
                    stored_kernel->variants.emplace_back(stored(part.variants[v], part.code.entries.at(v)));
                variant->rank = static_cast<std::uint32_t>(v);
                if (!part.code.setups.empty()) {
                    variant->setup = part.code.setups.at(v).offset;
                    variant->setup_bytes = part.code.setups.at(v).size;
                }
                variant->blob = blob;
            }
        }
        manifest_.kernels.push_back(std::move(stored_kernel));
    }

    /// Appends the code to its section and returns the blob's number.
    std::uint32_t add_blob(const CompiledVariants& part) {
        std::vector<std::byte>& section = part.code.executable ? contents_.code : contents_.data;
        if (section.empty()) section.resize(sizeof(bundle::Marker));
        section.resize((section.size() + bundle::blob_alignment - 1) / bundle::blob_alignment *
                       bundle::blob_alignment);
        const std::uint64_t offset = section.size();
        section.insert(section.end(), part.code.bytes.begin(), part.code.bytes.end());
        if (part.code.executable) note_functions(part.code, offset);

        auto blob = std::make_unique<manifest::BlobT>();
        blob->target = part.variants[0].machine.target;
        blob->architecture = part.variants[0].machine.architecture;
        blob->executable = part.code.executable;
        blob->offset = offset;
        blob->size = part.code.bytes.size();
        blob->hash = std::make_unique<manifest::Hash128>(stored(bundle::hash_of_bytes(part.code.bytes)));
        manifest_.blobs.push_back(std::move(blob));
        return static_cast<std::uint32_t>(manifest_.blobs.size() - 1);
    }

    /// Whatever lies between the functions of a blob is constants, or padding where it is short.
    void note_functions(const Code& code, std::uint64_t offset) {
        std::vector<Code::Entry> entries;
        for (const auto& variant : code.entries)
            entries.insert(entries.end(), variant.begin(), variant.end());
        std::sort(entries.begin(), entries.end(),
                  [](const auto& a, const auto& b) { return a.offset < b.offset; });
        for (std::size_t e = 0; e < entries.size(); ++e) {
            contents_.functions.push_back({entries[e].symbol, offset + entries[e].offset, entries[e].size});
            const std::uint64_t end = entries[e].offset + entries[e].size;
            const std::uint64_t next = e + 1 < entries.size() ? entries[e + 1].offset : code.bytes.size();
            if (next > end) contents_.constants.push_back({offset + end, next - end});
        }
    }

    manifest::ManifestT manifest_;
    BundleContents contents_;
    std::vector<Hash> hashes_;
};

}  // namespace

BundleContents build_manifest(std::span<const CompiledKernel> kernels) { return Builder().build(kernels); }

}  // namespace sporkle::codegen
