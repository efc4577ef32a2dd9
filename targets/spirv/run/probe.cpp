#include "targets/spirv/run/probe.hpp"

#include <bit>
#include <cfenv>
#include <cmath>
#include <cstring>

#include <sporkle/half.hpp>

#include "runtime/bundle/checksum.hpp"
#include "targets/spirv/run/engine.hpp"
#include "targets/spirv/run/pipeline.hpp"
#include "targets/spirv/run/probe_modules.hpp"

namespace sporkle::spirv::vulkan {
namespace {

constexpr std::uint32_t case_count = 2048;
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

/// SplitMix64.
class Random {
  public:
    std::uint64_t next() {
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }

  private:
    std::uint64_t state_ = 1;
};

template <class T>
struct Format;
template <>
struct Format<float> {
    using Bits = std::uint32_t;
    static constexpr int fraction_bits = 23, bias = 127;
};
template <>
struct Format<double> {
    using Bits = std::uint64_t;
    static constexpr int fraction_bits = 52, bias = 1023;
};

template <class T>
T make(Random& random, int lowest_exponent, int highest_exponent) {
    using F = Format<T>;
    using Bits = typename F::Bits;
    const std::uint64_t bits = random.next();
    const auto span = static_cast<std::uint64_t>(highest_exponent - lowest_exponent + 1);
    const auto exponent =
        static_cast<Bits>(F::bias + lowest_exponent + static_cast<int>((bits >> 53) % span));
    const Bits fraction = static_cast<Bits>(bits) & ((Bits(1) << F::fraction_bits) - 1);
    const Bits sign = static_cast<Bits>(bits >> 52 & 1) << (sizeof(T) * 8 - 1);
    return std::bit_cast<T>(static_cast<Bits>(sign | exponent << F::fraction_bits | fraction));
}

/// Elements a, b, c of all cases: of moderate size, where every other product is nearly cancelled by c; of
/// any finite size; and subnormal.
template <class T>
std::vector<T> make_cases() {
    constexpr int bias = Format<T>::bias;
    Random random;
    std::vector<T> elements;
    for (std::uint32_t i = 0; i < case_count; ++i) {
        T a, b, c;
        if (i % 2 == 0) {
            a = make<T>(random, -3, 3);
            b = make<T>(random, -3, 3);
            c = i % 4 == 0 ? -(a * b) : make<T>(random, -3, 3);
        } else if (i % 4 == 1) {
            a = make<T>(random, 1 - bias, bias);
            b = make<T>(random, 1 - bias, bias);
            c = make<T>(random, 1 - bias, bias);
        } else {
            a = make<T>(random, -bias, 4 - bias);
            b = make<T>(random, i % 8 == 3 ? -bias : -20, i % 8 == 3 ? 4 - bias : 20);
            c = make<T>(random, -bias, 4 - bias);
        }
        elements.insert(elements.end(), {a, b, c});
    }
    return elements;
}

template <class T>
T expected(std::size_t column, T a, T b, T c, std::uint32_t narrow) {
    switch (column) {
        case column_fma:
            return std::fma(a, b, c);
        case column_divide:
            return a / b;
        case column_sqrt:
            return std::sqrt(a);
        case column_add:
            return a + b;
        case column_multiply:
            return a * b;
        default:
            break;
    }
    if (narrow == 32) return static_cast<T>(static_cast<float>(a));
    if (narrow == 16) return static_cast<T>(static_cast<float>(half(a)));
    return a;
}

/// One bit for each operation that gave all the right results.
using Right = std::uint32_t;

/// Runs `threads` invocations over host-visible memory and gives back what they wrote.
std::vector<std::byte> run_module(Engine& engine, const std::vector<std::uint32_t>& words,
                                  const DeviceFacts& facts, std::span<const std::byte> input,
                                  std::size_t output_bytes, std::uint32_t threads) {
    const Module module = read_module(std::as_bytes(std::span(words)), facts, "the numerics probe");
    const Pipeline pipeline(engine, module);
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
        command.grid.size[0] = command.grid.tasks = threads / probe_group;
        command.constants.words = from.allocation.address;
        command.constants.arenas = to.allocation.address;
        slot->commands.dispatch(command);
        slot->commands.end();
        engine.compute.wait(engine.compute.submit(slot->commands.handle()));
    }
    return {to.allocation.host, to.allocation.host + output_bytes};
}

template <class T>
Right probe_width(Engine& engine, const DeviceFacts& facts, std::uint32_t narrow) {
    const DefaultEnvironment standard;
    const std::vector<T> cases = make_cases<T>();
    const std::vector<std::byte> bytes =
        run_module(engine, arithmetic_module(sizeof(T) * 8, narrow), facts, std::as_bytes(std::span(cases)),
                   case_count * probe_columns * sizeof(T), case_count);
    std::vector<T> results(case_count * probe_columns);
    std::memcpy(results.data(), bytes.data(), bytes.size());
    Right right = (1u << probe_columns) - 1;
    for (std::uint32_t i = 0; i < case_count; ++i) {
        for (std::size_t column = 0; column < probe_columns; ++column) {
            const T want = expected(column, cases[3 * i], cases[3 * i + 1], cases[3 * i + 2], narrow);
            const T got = results[i * probe_columns + column];
            const bool same = std::isnan(want) ? std::isnan(got) : std::memcmp(&want, &got, sizeof(T)) == 0;
            if (!same) right &= ~(1u << column);
        }
    }
    return right;
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

/// What the probe finds, as it is kept in the cache.
struct Findings {
    Right f32 = 0, f64 = 0;
    std::uint32_t subgroups_in_order = 0;
};

Findings run_probe(Engine& engine, const DeviceFacts& facts) {
    const Features& features = engine.gpu.features();
    Findings found;
    found.f32 = probe_width<float>(engine, facts, features.v12.shaderFloat16 ? 16 : 0);
    if (features.core.features.shaderFloat64) found.f64 = probe_width<double>(engine, facts, 32);
    found.subgroups_in_order = facts.subgroup_shuffle && subgroups_are_in_order(engine, facts) ? 1 : 0;
    return found;
}

Hash cache_key(const Features& features) {
    Hasher hasher;
    hasher.word(0x53706f726b4e756du);  // "SporkNum"
    for (const std::uint32_t width : {32u, 64u}) {
        const std::vector<std::uint32_t> module = arithmetic_module(width, width == 64                  ? 32
                                                                           : features.v12.shaderFloat16 ? 16
                                                                                                        : 0);
        const Hash hash = bundle::hash_of_bytes(std::as_bytes(std::span(module)));
        hasher.word(hash.high);
    }
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

}  // namespace

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

    const Findings found = known_or_probed(engine, facts);
    const bool has_f64 = features.core.features.shaderFloat64;
    const auto right = [](Right results, ProbeColumn column) { return (results >> column & 1) != 0; };
    const auto everywhere = [&](ProbeColumn column) {
        return right(found.f32, column) && (!has_f64 || right(found.f64, column));
    };
    facts.fused_fma_f32 = right(found.f32, column_fma);
    facts.fused_fma_f64 = right(found.f64, column_fma);
    facts.exact_division_f32 = right(found.f32, column_divide);
    facts.exact_division_f64 = right(found.f64, column_divide);
    facts.exact_sqrt_f32 = right(found.f32, column_sqrt);
    facts.exact_sqrt_f64 = right(found.f64, column_sqrt);
    facts.subgroup_shuffle = facts.subgroup_shuffle && found.subgroups_in_order != 0;

    result.arithmetic.fma_fused = result.arithmetic.division_rounds = true;
    result.arithmetic.subnormals_kept =
        everywhere(column_add) && everywhere(column_multiply) && everywhere(column_convert);
    auto& notes = result.notes;
    if (!everywhere(column_fma)) notes.push_back("fma is repaired: the driver rounds more than once");
    if (!everywhere(column_divide)) notes.push_back("division is repaired: the driver's is not exact");
    if (!everywhere(column_sqrt)) notes.push_back("the square root is repaired: the driver's is not exact");
    if (!result.arithmetic.subnormals_kept)
        notes.push_back(
            "addition, multiplication or conversion is not exact, most likely since subnormals are flushed "
            "to zero: reproducible kernels run elsewhere");
    if (!has_f64) notes.push_back("no 64-bit floating point: kernels that need it run elsewhere");
    if (!facts.subgroup_shuffle)
        notes.push_back("no subgroups of a certain size and order: shuffles go through shared memory");
    return result;
}

}  // namespace sporkle::spirv::vulkan
