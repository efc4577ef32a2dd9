#include "targets/spirv/run/probe.hpp"

#include <cfenv>
#include <cstring>
#include <optional>
#include <string_view>

#include "runtime/bundle/checksum.hpp"
#include "targets/spirv/interface/probe_modules.hpp"
#include "targets/spirv/run/engine.hpp"
#include "targets/spirv/run/pipeline.hpp"
#include "targets/spirv/run/probe_cases.hpp"
#include "targets/spirv/run/setting.hpp"

namespace sporkle::spirv::vulkan {
namespace {

static_assert(case_count % probe_group == 0);

/// Default rounding, and no flushing in the CPU, while the expected results are computed.
class DefaultEnvironment {
  public:
    DefaultEnvironment() {
        std::fegetenv(&before_);
        std::fesetenv(FE_DFL_ENV);
    }
    ~DefaultEnvironment() { std::fesetenv(&before_); }

  private:
    std::fenv_t before_;
};

/// Runs `threads` invocations over host-visible memory and gives back what they wrote.
std::vector<std::byte> run_module(Engine& engine, const std::vector<std::uint32_t>& words,
                                  const DeviceFacts& facts, std::span<const std::byte> input,
                                  std::size_t output_bytes, std::uint32_t threads) {
    const auto code = std::as_bytes(std::span(words));
    const Pipeline pipeline(engine, pipeline_key(code, facts, 0),
                            [&] { return read_module(code, facts, "the numerics probe"); });
    struct Memory {
        Engine& engine;
        Allocation allocation;
        Memory(Engine& owner, std::size_t bytes) : engine(owner), allocation(owner.words.allocate(bytes)) {}
        ~Memory() {
            if (!engine.gpu.hangs()) engine.words.release(allocation);
        }
    };
    const Memory from(engine, input.size()), to(engine, output_bytes);
    if (!input.empty()) std::memcpy(from.allocation.host, input.data(), input.size());
    std::memset(to.allocation.host, 0, output_bytes);
    {
        Slots::Lease slot = engine.slots.take(0);
        slot->recorded = {};
        slot->commands.begin(true);
        DispatchCommand command;
        command.pipeline = pipeline.handle();
        command.layout = engine.layout;
        command.grid.size[0] = command.grid.tasks = (threads + probe_group - 1) / probe_group;
        command.constants.words = from.allocation.address;
        command.constants.arenas = to.allocation.address;
        slot->commands.dispatch(command);
        slot->commands.end(Work::kernels, true);
        slot->commands.run();
    }
    return {to.allocation.host, to.allocation.host + output_bytes};
}

template <class T>
Worth probe_width(Engine& engine, const DeviceFacts& facts, bool converts) {
    using Bits = typename detail::Format<T>::Bits;
    const DefaultEnvironment standard;
    const std::vector<T> cases = probe_cases<T>();
    const std::vector<std::byte> bytes =
        run_module(engine, arithmetic_module(sizeof(T) * 8, converts), facts, std::as_bytes(std::span(cases)),
                   case_count * probe_columns * sizeof(T), case_count);
    std::vector<Bits> results(case_count * probe_columns);
    std::memcpy(results.data(), bytes.data(), bytes.size());
    const std::vector<T> elements = folding_cases<T>();
    const std::vector<std::byte> folding_bytes =
        run_module(engine, folding_module(sizeof(T) * 8), facts, std::as_bytes(std::span(elements)),
                   probe_group * folding_columns * sizeof(T), probe_group);
    std::vector<T> folding_results(probe_group * folding_columns);
    std::memcpy(folding_results.data(), folding_bytes.data(), folding_bytes.size());
    Worth worth = judge<T>(cases, results, converts);
    worth.right |= judge_folding<T>(elements, folding_results);
    return worth;
}

bool subgroups_are_in_order(Engine& engine, const DeviceFacts& facts) {
    const std::vector<std::byte> bytes =
        run_module(engine, subgroup_module(), facts, {}, probe_group * sizeof(std::uint32_t), probe_group);
    for (std::uint32_t i = 0; i < probe_group; ++i) {
        std::uint32_t word;
        std::memcpy(&word, bytes.data() + i * sizeof word, sizeof word);
        if (word != 1) return false;
    }
    return true;
}

/// How many turns a loop makes that should make many more than software drivers grant; 0 for all.
std::uint32_t granted_turns(Engine& engine, const DeviceFacts& facts) {
    const std::uint32_t turns = 200000;
    const std::vector<std::byte> bytes =
        run_module(engine, loop_module(), facts, std::as_bytes(std::span(&turns, 1)), sizeof turns, 1);
    std::uint32_t made = 0;
    std::memcpy(&made, bytes.data(), sizeof made);
    return made == turns ? 0 : made;
}

/// A compiler's fault that shows only in some kernels is known by the driver: no probe finds it for sure.
/// NVIDIA's (580.159) calls a function for each division of 64-bit integers, and where the same is done with
/// two results, such as adding 3 to each, it takes the second one for both.
bool confuses_divisions(const PhysicalDevice& device) { return device.has_nvidia_driver(); }

/// What the probe finds, as it is kept in the cache.
struct Findings {
    Worth f32, f64;
    std::uint32_t subgroups_in_order = 0;
    std::uint32_t loop_turns = 0;
    std::uint32_t divides_integers = 0;
};

Findings run_probe(Engine& engine, const DeviceFacts& facts) {
    const bool has_f64 = engine.gpu.features().core.features.shaderFloat64;
    Findings found;
    found.f32 = probe_width<float>(engine, facts, has_f64);
    if (has_f64) found.f64 = probe_width<double>(engine, facts, true);
    found.subgroups_in_order = facts.subgroup_shuffle && subgroups_are_in_order(engine, facts) ? 1 : 0;
    found.loop_turns = granted_turns(engine, facts);
    found.divides_integers = confuses_divisions(engine.gpu.physical()) ? 0 : 1;
    return found;
}

Hash cache_key(const Features& features) {
    Hasher hasher;
    hasher.word(0x53706f726b466c75u);  // "SporkFlu"
    const bool has_f64 = features.core.features.shaderFloat64;
    for (const auto& module : {arithmetic_module(32, has_f64), arithmetic_module(64, has_f64),
                               folding_module(32), folding_module(64), subgroup_module(), loop_module()})
        hasher.word(bundle::hash_of_bytes(std::as_bytes(std::span(module))).high);
    hasher.word(case_count);
    return hasher.finish();
}

Findings known_or_probed(Engine& engine, const DeviceFacts& facts) {
    const Hash key = cache_key(engine.gpu.features());
    Findings found;
    if (const auto known = engine.cache.load(key); known && known->size() == sizeof found) {
        std::memcpy(&found, known->data(), sizeof found);
        return found;
    }
    found = run_probe(engine, facts);
    engine.cache.store(key, std::as_bytes(std::span(&found, 1)));
    return found;
}

/// Findings that take the place of a probe.
std::optional<Findings> assumed() {
    const std::string_view word = setting("SPORKLE_VULKAN_PROBE", {"trust", "distrust"});
    if (word == "distrust") return Findings{};
    const Worth all{~Columns{}, ~Columns{}};
    if (word == "trust") return Findings{all, all, 1, 0, 1};
    return std::nullopt;
}

}  // namespace

bool probing_is_off() { return assumed().has_value(); }

Numerics probe(Engine& engine) {
    const PhysicalDevice& device = engine.gpu.physical();
    const Features& features = engine.gpu.features();
    Numerics result;
    DeviceFacts& facts = result.facts;
    facts.f16 = device.float_controls(16);
    facts.f32 = device.float_controls(32);
    facts.f64 = device.float_controls(64);
    Module whole;
    whole.local_size[0] = probe_group;
    facts.subgroup_shuffle =
        device.has_subgroup_operations(VK_SUBGROUP_FEATURE_BASIC_BIT | VK_SUBGROUP_FEATURE_SHUFFLE_BIT) &&
        choose_subgroup_size(whole, device, features) > 1;

    const Findings found = probing_is_off() ? *assumed() : known_or_probed(engine, facts);
    const bool has_f64 = features.core.features.shaderFloat64;
    const auto is_right = [](const Worth& worth, unsigned column) {
        return (worth.right >> column & 1) != 0;
    };
    const auto may_flush = [](const Worth& worth, unsigned column) {
        return (worth.flushes >> column & 1) != 0;
    };
    const auto everywhere = [&](ProbeColumn column) {
        return is_right(found.f32, column) && (!has_f64 || is_right(found.f64, column));
    };
    facts.fma_f32 = is_right(found.f32, column_fma)    ? Exactness::exact
                    : may_flush(found.f32, column_fma) ? Exactness::flushes
                                                       : Exactness::inexact;
    facts.fused_fma_f64 = is_right(found.f64, column_fma);
    facts.exact_division_f32 = is_right(found.f32, column_divide);
    facts.exact_division_f64 = is_right(found.f64, column_divide);
    facts.exact_division_i64 = found.divides_integers != 0;
    facts.exact_sqrt_f32 = is_right(found.f32, column_sqrt);
    facts.exact_sqrt_f64 = is_right(found.f64, column_sqrt);
    facts.exact_comparison_f32 = is_right(found.f32, column_compare) && is_right(found.f32, column_choose);
    facts.exact_sign_f32 = is_right(found.f32, column_negate);
    facts.exact_widening = is_right(found.f32, column_convert);
    facts.exact_folding = (found.f32.right & folding) != 0 && (!has_f64 || (found.f64.right & folding) != 0);
    facts.subgroup_shuffle = facts.subgroup_shuffle && found.subgroups_in_order != 0;

    result.loop_turns = found.loop_turns;

    result.arithmetic.fma_fused = result.arithmetic.division_rounds = !probing_is_off();
    // What flushes is repaired in single precision.
    result.arithmetic.subnormals_kept =
        !probing_is_off() && everywhere(column_add) && everywhere(column_multiply);
    for (const ProbeColumn column : {column_negate, column_compare, column_choose, column_convert})
        if (!may_flush(found.f32, column) || (has_f64 && !is_right(found.f64, column)))
            result.arithmetic.subnormals_kept = false;
    auto& notes = result.notes;
    if (probing_is_off()) {
        notes.push_back("not probed, as SPORKLE_VULKAN_PROBE demands: reproducible kernels run elsewhere");
        return result;
    }
    if (facts.fma_f32 == Exactness::inexact || (has_f64 && !facts.fused_fma_f64))
        notes.push_back("fma is repaired: the driver rounds more than once");
    if (facts.fma_f32 == Exactness::flushes)
        notes.push_back("fma is checked: the driver's takes subnormal numbers as zero");
    std::string flushing;
    const auto flushes = [&](bool is_exact, const char* what) {
        if (!is_exact) flushing += (flushing.empty() ? "" : ", ") + std::string(what);
    };
    flushes(facts.exact_comparison_f32, "comparisons");
    flushes(facts.exact_sign_f32, "changes of sign");
    flushes(facts.exact_widening, "conversions to 64 bits");
    if (!flushing.empty())
        notes.push_back("repaired: " + flushing + ": the driver's take subnormal numbers as zero");
    if (!everywhere(column_divide)) notes.push_back("division is repaired: the driver's is not exact");
    if (!facts.exact_division_i64)
        notes.push_back(
            "division of 64-bit integers is repaired: the driver's compiler confuses two results");
    if (!everywhere(column_sqrt)) notes.push_back("the square root is repaired: the driver's is not exact");
    if (!facts.exact_folding)
        notes.push_back(
            "operands are hidden from the driver's compiler: where it knows one, it forgets NaN and signs or "
            "compares wrongly");
    if (!result.arithmetic.subnormals_kept)
        notes.push_back(
            "an operation that cannot be repaired is not exact, most likely since subnormals are flushed to "
            "zero: reproducible kernels run elsewhere");
    if (!has_f64) notes.push_back("no 64-bit floating point: kernels that need it run elsewhere");
    if (!facts.subgroup_shuffle)
        notes.push_back("no subgroups of a certain size and order: shuffles go through shared memory");
    if (result.loop_turns > 0)
        notes.push_back("the driver ends loops after " + std::to_string(result.loop_turns) +
                        " turns: calls that reach that fail");
    return result;
}

}  // namespace sporkle::spirv::vulkan
