#include "runtime/bundle/manifest.hpp"

#include <flatbuffers/flatbuffers.h>
#include <sporkle_manifest_generated.h>

#include <sporkle/error.hpp>
#include <sporkle/parameter_block.hpp>
#include <sporkle/validate.hpp>

#include "runtime/bundle/checksum.hpp"

namespace sporkle::bundle {
namespace {

// Far beyond what a compiler writes; they keep a hostile manifest from costing more than its size.
constexpr std::size_t most_dispatches = 64, most_scratch = 64, most_preconditions = 1024, most_terms = 64;
constexpr std::size_t most_factors = 16, most_words = 16;

template <class T>
std::size_t count(const T* vector) {
    return vector == nullptr ? 0 : vector->size();
}

class Parser {
  public:
    Parser(const Contents& contents, Bundle& bundle) : contents_(contents), bundle_(bundle) {}

    void run() {
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(contents_.manifest.data());
        if (contents_.manifest.size() >= FLATBUFFERS_MAX_BUFFER_SIZE)
            fail("has a manifest of more than 2 GiB");
        flatbuffers::Verifier verifier(bytes, contents_.manifest.size());
        if (!manifest::VerifyManifestBuffer(verifier))
            fail("has a corrupt manifest: it is no FlatBuffers table of the expected kind");
        const manifest::Manifest& root = *manifest::GetManifest(bytes);
        bundle_.producer = text(root.producer(), "producer");
        if (root.program_bytes() != sizeof(Program))
            fail("holds Programs of " + std::to_string(root.program_bytes()) +
                 " bytes, but this runtime reads those of " + std::to_string(sizeof(Program)) + "; " +
                 (bundle_.producer.empty() ? "another version of Sporkle" : bundle_.producer) + " made it");
        for (std::size_t b = 0; b < count(root.blobs()); ++b)
            bundle_.blobs.push_back(blob(*root.blobs()->Get(at(b)), b));
        for (std::size_t k = 0; k < count(root.kernels()); ++k) {
            where_ = "kernel " + std::to_string(k);
            bundle_.kernels.push_back(kernel(*root.kernels()->Get(at(k))));
            for (std::size_t other = 0; other < k; ++other)
                if (bundle_.kernels[other].hash == bundle_.kernels[k].hash) fail(where_ + " occurs twice");
        }
    }

  private:
    static flatbuffers::uoffset_t at(std::size_t number) {
        return static_cast<flatbuffers::uoffset_t>(number);
    }

    [[noreturn]] void fail(const std::string& what) const {
        throw Error(ErrorCode::invalid_bundle, bundle_.origin + " " + what);
    }
    [[noreturn]] void corrupt(const std::string& what) const { fail("is corrupt: " + where_ + " " + what); }
    void expect(bool holds, const char* what) const {
        if (!holds) corrupt(what);
    }

    /// Parts of a FlatBuffers table may be shared, so that copies could be larger than it without bound.
    void spend(std::size_t bytes) {
        if (bytes > budget_) corrupt("makes the manifest unfold to far more than its size");
        budget_ -= bytes;
    }

    /// Texts come to people's terminals: they hold no control characters but line feeds.
    std::string text(const flatbuffers::String* from, const char* what) {
        if (from == nullptr) return {};
        spend(from->size());
        for (const char c : *from)
            if ((static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7f)
                corrupt(std::string("has a control character in its ") + what);
        return from->str();
    }

    Blob blob(const manifest::Blob& from, std::size_t number) {
        where_ = "blob " + std::to_string(number);
        Blob to;
        to.target = text(from.target(), "target");
        to.architecture = text(from.architecture(), "architecture");
        to.executable = from.executable();
        const std::span<const std::byte> section = to.executable ? contents_.code : contents_.data;
        expect(from.offset() % blob_alignment == 0 && from.offset() >= sizeof(Marker) &&
                   from.offset() <= section.size() && from.size() <= section.size() - from.offset(),
               "lies outside its section");
        to.bytes = section.subspan(from.offset(), from.size());
        expect(from.hash() != nullptr, "has no checksum");
        const Hash hash = hash_of_bytes(to.bytes);
        expect(from.hash()->high() == hash.high && from.hash()->low() == hash.low,
               "does not match its checksum");
        return to;
    }

    Kernel kernel(const manifest::Kernel& from) {
        Kernel to;
        std::string error;
        const auto bytes = std::as_bytes(std::span(from.program()->data(), from.program()->size()));
        if (!parse_program(bytes, to.program, error)) corrupt("holds no valid Program: " + error);
        where_ = "kernel '" + std::string(to.name()) + "'";
        expect(to.name() == from.name()->string_view(), "is called otherwise in its Program");
        to.hash = hash_of(to.program);
        expect(from.hash() != nullptr && from.hash()->high() == to.hash.high &&
                   from.hash()->low() == to.hash.low,
               "does not match its hash");
        for (std::size_t v = 0; v < count(from.variants()); ++v)
            to.variants.push_back(variant(*from.variants()->Get(at(v)), to.program));
        return to;
    }

    Variant variant(const manifest::Variant& from, const Program& program) {
        Variant to;
        to.target = text(from.target(), "target");
        to.architecture = text(from.architecture(), "architecture");
        to.schedule = text(from.schedule(), "schedule");
        to.schedule_text = text(from.schedule_text(), "schedule text");
        expect(from.numerics() == manifest::Numerics::reproducible ||
                   from.numerics() == manifest::Numerics::fast,
               "has a variant of an unknown numerics class");
        to.numerics = static_cast<Numerics>(from.numerics());
        to.rank = from.rank();
        to.blob = from.blob();
        expect(to.blob < bundle_.blobs.size(), "has a variant in a blob that is not there");
        const Blob& blob = bundle_.blobs[to.blob];
        expect(blob.target == to.target && blob.architecture == to.architecture,
               "has a variant in a blob for another architecture");
        to.setup = from.setup();
        to.setup_bytes = from.setup_bytes();
        expect(to.setup <= blob.bytes.size() && to.setup_bytes <= blob.bytes.size() - to.setup,
               "has a variant whose setup lies outside its blob");

        expect(count(from.preconditions()) <= most_preconditions,
               "has a variant with too many preconditions");
        // FlatBuffers' own verifier does not look at the alignment of structs in a vector.
        const auto* conditions = from.preconditions() == nullptr ? nullptr : from.preconditions()->Data();
        expect(reinterpret_cast<std::uintptr_t>(conditions) % alignof(manifest::Precondition) == 0,
               "has a variant with misaligned preconditions");
        spend(sizeof(Variant) + sizeof(Precondition) * count(from.preconditions()));
        for (std::size_t p = 0; p < count(from.preconditions()); ++p)
            to.preconditions.push_back(precondition(*from.preconditions()->Get(at(p)), program));
        expect(count(from.scratch()) <= most_scratch, "has a variant with too many scratch buffers");
        for (std::size_t s = 0; s < count(from.scratch()); ++s) {
            const manifest::Scratch& scratch = *from.scratch()->Get(at(s));
            to.scratch.push_back({text(scratch.name(), "scratch name"), scratch.per_task(),
                                  formula(scratch.bytes(), program)});
        }
        expect(count(from.dispatches()) >= 1 && count(from.dispatches()) <= most_dispatches,
               "has a variant without dispatches, or with too many");
        for (std::size_t d = 0; d < count(from.dispatches()); ++d)
            to.dispatches.push_back(dispatch(*from.dispatches()->Get(at(d)), blob, program));
        return to;
    }

    Precondition precondition(const manifest::Precondition& from, const Program& program) {
        expect(from.condition() <= manifest::Condition::MAX, "has an unknown precondition");
        Precondition to;  // what the condition does not use stays 0, so that everything is in bounds
        to.condition = static_cast<Condition>(from.condition());
        to.value = from.value();
        const bool of_index = to.condition == Condition::extent_multiple ||
                              to.condition == Condition::extent_at_most ||
                              to.condition == Condition::extent_at_least;
        const bool of_stride =
            to.condition == Condition::stride_is || to.condition == Condition::stride_multiple;
        if (of_index) {
            expect(from.index() < program.index_count, "has a precondition on an index that is not there");
            to.index = from.index();
        } else if (to.condition != Condition::numbers_fit_32) {
            expect(from.tensor() < program.tensor_count &&
                       program.tensors[from.tensor()].role != Role::temporary,
                   "has a precondition on a tensor that is no argument");
            to.tensor = from.tensor();
        }
        if (of_stride) {
            expect(from.dim() < program.tensors[to.tensor].rank,
                   "has a precondition on a dimension that is not there");
            to.dim = from.dim();
        }
        if (to.condition == Condition::aligned || to.condition == Condition::extent_multiple ||
            to.condition == Condition::stride_multiple)
            expect(to.value > 0, "has a precondition that asks for a multiple of nothing");
        return to;
    }

    Dispatch dispatch(const manifest::Dispatch& from, const Blob& blob, const Program& program) {
        Dispatch to;
        to.entry = from.entry();
        to.code_bytes = from.code_bytes();
        to.symbol = text(from.symbol(), "symbol");
        expect(to.entry <= blob.bytes.size() && to.code_bytes <= blob.bytes.size() - to.entry,
               "has code outside its blob");
        expect(!blob.executable || to.code_bytes > 0, "has a dispatch without code");
        expect(count(from.grid()) == 3, "has a grid that has not three dimensions");
        for (std::size_t g = 0; g < 3; ++g) to.grid[g] = formula(from.grid()->Get(at(g)), program);
        return to;
    }

    Formula formula(const manifest::Formula* from, const Program& program) {
        const int words = ParameterBlock(program).first_scratch;
        Formula to;
        if (from == nullptr) corrupt("lacks a formula");
        expect(count(from->terms()) <= most_terms, "has a formula with too many terms");
        for (std::size_t t = 0; t < count(from->terms()); ++t) {
            const manifest::Term& term = *from->terms()->Get(at(t));
            expect(count(term.factors()) <= most_factors, "has a formula with too many factors");
            Formula::Term& to_term = to.terms.emplace_back(Formula::Term{term.coefficient(), {}});
            for (std::size_t f = 0; f < count(term.factors()); ++f) {
                const manifest::Factor& factor = *term.factors()->Get(at(f));
                expect(factor.divisor() > 0, "has a formula that divides by less than 1");
                expect(count(factor.words()) <= most_words, "has a formula with too many words");
                Formula::Factor& to_factor =
                    to_term.factors.emplace_back(Formula::Factor{{}, factor.divisor()});
                for (std::size_t w = 0; w < count(factor.words()); ++w) {
                    const std::int32_t word = factor.words()->Get(at(w));
                    expect(word >= 0 && word < words,
                           "has a formula of a word that is not in the parameter block");
                    to_factor.words.push_back(word);
                }
            }
        }
        return to;
    }

    const Contents& contents_;
    Bundle& bundle_;
    std::size_t budget_ = (std::size_t(1) << 20) + 64 * contents_.manifest.size();
    std::string where_ = "the manifest";  ///< what is being read, for messages
};

}  // namespace

void parse_manifest(const Contents& contents, Bundle& bundle) { Parser(contents, bundle).run(); }

}  // namespace sporkle::bundle
