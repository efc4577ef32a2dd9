#include "runtime/select/kernel.hpp"

#include <algorithm>
#include <tuple>

#include "runtime/bundle/checksum.hpp"
#include "runtime/select/selection.hpp"

namespace sporkle::runtime {
namespace {

constexpr std::size_t most_selections = 4096;

Hash content_of(const std::vector<Kernel::Source>& sources) {
    Hasher hasher;
    const auto add = [&](const Hash& hash) {
        hasher.word(hash.high);
        hasher.word(hash.low);
    };
    const auto add_text = [&](const std::string& text) {
        add(bundle::hash_of_bytes(std::as_bytes(std::span(text))));
    };
    for (const Kernel::Source& source : sources) {
        add(source.kernel->hash);
        add_text(source.bundle->producer);
        for (const bundle::Variant& variant : source.kernel->variants) {
            for (const std::string* text :
                 {&variant.target, &variant.architecture, &variant.schedule, &variant.schedule_text})
                add_text(*text);
            const bundle::Blob& blob = source.bundle->blobs[variant.blob];
            for (const bundle::Dispatch& dispatch : variant.dispatches)
                add(bundle::hash_of_bytes(blob.bytes.subspan(dispatch.entry, dispatch.code_bytes)));
        }
    }
    return hasher.finish();
}

/// Place of an architecture in the device's list, best first; nothing where the device cannot run it.
std::optional<std::size_t> place(const Device& device, const bundle::Variant& variant) {
    const DeviceInfo& info = device.info();
    if (info.target != variant.target) return std::nullopt;
    const auto found = std::find(info.architectures.begin(), info.architectures.end(), variant.architecture);
    if (found == info.architectures.end()) return std::nullopt;
    const bool exact = info.arithmetic.subnormals_kept && info.arithmetic.division_rounds;
    if (variant.numerics == Numerics::reproducible && !exact) return std::nullopt;
    return static_cast<std::size_t>(found - info.architectures.begin());
}

}  // namespace

std::string LoadedVariant::name() const {
    const std::string own = variant_->architecture + "/" + variant_->schedule;
    return device_.memory() == nullptr ? own : device_.info().name + "/" + own;
}

const Executable& LoadedVariant::executable() {
    const std::lock_guard lock(loading_);
    if (executable_) return *executable_;
    if (refusal_) throw *refusal_;
    try {
        executable_ = device_.load(*bundle_, *variant_);
    } catch (const Error& error) {
        if (error.code() == ErrorCode::unsupported) refusal_ = error;
        throw;
    }
    return *executable_;
}

Kernel::Kernel(std::vector<Source> sources)
    : sources_(std::move(sources)), facts_(program()), content_(content_of(sources_)) {
    for (const Source& source : sources_)
        for (const bundle::Variant& variant : source.kernel->variants) targets_.insert(variant.target);
}

const std::vector<std::unique_ptr<LoadedVariant>>& Kernel::variants(Device& device) {
    const std::lock_guard lock(variants_mutex_);
    const auto [found, is_new] = variants_.try_emplace(&device);
    if (!is_new) return found->second;
    struct Ranked {
        std::tuple<std::size_t, std::uint32_t, std::size_t> rank;  ///< the last tells equals apart
        std::unique_ptr<LoadedVariant> variant;
    };
    std::vector<Ranked> ranked;
    for (const Source& source : sources_)
        for (const bundle::Variant& variant : source.kernel->variants) {
            if (variant.numerics != program().numerics) continue;  // the classes never mix
            if (const auto architecture = place(device, variant))
                ranked.push_back({{*architecture, variant.rank, ranked.size()},
                                  std::make_unique<LoadedVariant>(source.bundle, variant, device)});
        }
    std::sort(ranked.begin(), ranked.end(), [](const Ranked& a, const Ranked& b) { return a.rank < b.rank; });
    for (Ranked& entry : ranked) found->second.push_back(std::move(entry.variant));
    return found->second;
}

Kernel::~Kernel() = default;

std::shared_ptr<Selection> Kernel::remember(const Hash& workload, std::shared_ptr<Selection> selection) {
    if (order_.size() >= most_selections) {
        selections_.erase(order_.front());
        order_.pop_front();
    }
    order_.push_back(workload);
    selections_.emplace(workload, selection);
    return selection;
}

void Kernel::replace(const Hash& workload, std::shared_ptr<Selection> selection) {
    const std::lock_guard lock(mutex_);
    const auto found = selections_.find(workload);
    if (found != selections_.end())
        found->second = std::move(selection);
    else
        remember(workload, std::move(selection));
}

std::vector<std::shared_ptr<Selection>> Kernel::selections() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<Selection>> result;
    for (const Hash& workload : order_) result.push_back(selections_.at(workload));
    return result;
}

void Kernel::pin(std::optional<Choice> choice) {
    const std::lock_guard lock(mutex_);
    pin_ = std::move(choice);
    selections_.clear();
    order_.clear();
}

}  // namespace sporkle::runtime
