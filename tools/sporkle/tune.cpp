#include <charconv>
#include <cstring>
#include <iostream>
#include <map>
#include <optional>
#include <random>

#include <sporkle/half.hpp>
#include <sporkle/sporkle.hpp>

#include "runtime/bundle/reader.hpp"
#include "tools/sporkle/commands.hpp"

namespace sporkle::command {
namespace {

/// "A=64x64" → name and what is behind the equals sign.
std::pair<std::string, std::string> assignment(const std::string& word, const char* example) {
    const std::size_t equals = word.find('=');
    if (equals == 0 || equals == std::string::npos || equals + 1 == word.size())
        throw UsageError("'" + word + "': expected a name and a value, as " + example);
    return {word.substr(0, equals), word.substr(equals + 1)};
}

std::vector<std::int64_t> extents_from(const std::string& text, const std::string& name) {
    std::vector<std::int64_t> extents;
    std::size_t at = 0;
    while (at <= text.size()) {
        const std::size_t end = std::min(text.find('x', at), text.size());
        const std::string number = text.substr(at, end - at);
        if (number.empty() || number.size() > 18 ||
            number.find_first_not_of("0123456789") != std::string::npos)
            throw UsageError("'" + name + "=" + text + "': expected extents, as A=64x64");
        extents.push_back(std::stoll(number));
        at = end + 1;
    }
    return extents;
}

/// The bit pattern of a number in the low bytes.
std::uint64_t bits_of(DType type, double value) {
    const auto pattern = [](auto converted) {
        std::uint64_t bits = 0;
        std::memcpy(&bits, &converted, sizeof(converted));
        return bits;
    };
    switch (type) {
        case DType::f64:
            return pattern(value);
        case DType::f32:
            return pattern(static_cast<float>(value));
        case DType::f16:
            return half(value).bits();
        case DType::bf16:
            return bfloat16(value).bits();
        default:
            return static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
    }
}

/// The lowest and the highest number of an integer type; a boolean is 0 or 1.
std::pair<std::int64_t, std::int64_t> range_of(DType type) {
    const int bits = 8 * size_of(type);
    if (type == DType::boolean) return {0, 1};
    if (type == DType::u8 || type == DType::u32) return {0, (std::int64_t(1) << bits) - 1};
    const std::int64_t highest = static_cast<std::int64_t>(~std::uint64_t(0) >> (65 - bits));
    return {-highest - 1, highest};
}

/// The bit pattern of a scalar as it was written: `value` of `name=value`.
std::uint64_t scalar_bits(DType type, const std::string& name, const std::string& value) {
    const char* const end = value.data() + value.size();
    if (is_float(type)) {
        double number = 0;
        const auto [rest, fault] = std::from_chars(value.data(), end, number);
        if (fault == std::errc() && rest == end) return bits_of(type, number);
        throw UsageError("'" + name + "=" + value + "': expected a number, as a=2.5");
    }
    std::int64_t number = 0;
    const auto [rest, fault] = std::from_chars(value.data(), end, number);
    const auto [lowest, highest] = range_of(type);
    if (fault == std::errc() && rest == end && number >= lowest && number <= highest)
        return static_cast<std::uint64_t>(number);
    throw UsageError("'" + name + "=" + value + "': expected a whole number from " + std::to_string(lowest) +
                     " to " + std::to_string(highest) + ", since the scalar is " +
                     std::string(name_of(type)));
}

/// Words like "A=64x64" by the names in them.
std::map<std::string, std::string> by_name(const std::vector<std::string>& words, const char* example) {
    std::map<std::string, std::string> values;
    for (const std::string& word : words) {
        const auto [name, value] = assignment(word, example);
        const auto [known, is_new] = values.emplace(name, value);
        if (!is_new) throw UsageError("'" + name + "' is given twice: " + known->second + " and " + value);
    }
    return values;
}

/// Numbers of ordinary size, so that neither zeros nor overflow make any variant look good.
void fill(DType type, void* data, std::int64_t count) {
    std::mt19937_64 random(1);
    std::uniform_real_distribution<double> real(-1, 1);
    const int bytes = size_of(type);
    for (std::int64_t e = 0; e < count; ++e) {
        const std::uint64_t bits =
            bits_of(type, is_float(type) ? real(random) : static_cast<double>(random() % 2));
        std::memcpy(static_cast<std::byte*>(data) + e * bytes, &bits, static_cast<std::size_t>(bytes));
    }
}

const bundle::Kernel& find_kernel(const std::vector<bundle::Bundle>& bundles, const TuneOptions& options) {
    std::string known;
    for (const bundle::Bundle& bundle : bundles)
        for (const bundle::Kernel& kernel : bundle.kernels) {
            if (kernel.name() == options.kernel) return kernel;
            known += " " + std::string(kernel.name());
        }
    throw Error(ErrorCode::unknown_kernel,
                "bundle '" + options.bundle + "' has no kernel '" + options.kernel + "'; it has:" + known);
}

Context open(const TuneOptions& options) {
    Options context_options;
    context_options.threads = options.threads;
    context_options.bundles = {options.bundle};
    if (!options.wisdom.empty()) context_options.wisdom = options.wisdom;
    context_options.log = [](LogLevel level, std::string_view message) {
        if (level == LogLevel::warning) std::cerr << "sporkle: " << message << "\n";
    };
    return Context(context_options);
}

/// Throws UsageError for a name that no such argument of the kernel has; `message` goes before it.
void check_names(const std::map<std::string, std::string>& given, const Signature& signature, bool scalars,
                 const std::string& message) {
    for (const auto& [name, value] : given) {
        std::string known;
        bool found = false;
        for (int a = 0; a < signature.count; ++a) {
            const ArgumentSignature& argument = signature.arguments[a];
            if (argument.is_scalar != scalars) continue;
            found |= argument.name.view() == name;
            known += " " + std::string(argument.name.view());
        }
        if (!found) throw UsageError(message + name + "'; it has" + (known.empty() ? " none" : ":" + known));
    }
}

/// Puts an operand's elements into memory of the device.
void move_to(const DeviceContext& device, Operand& operand, const Array<std::uint8_t, 1>& elements,
             std::vector<DeviceArray<std::uint8_t, 1>>& memory) {
    auto& array = memory.emplace_back(device.array<std::uint8_t>({elements.size()}));
    array.copy_from(elements);
    const DeviceView<std::uint8_t, 1> view = array.view();
    operand.data = view.layout().data();
    operand.storage = view.storage();
}

}  // namespace

void tune(const TuneOptions& options) {
    const auto extents = by_name(options.tensors, "A=64x64"), scalars = by_name(options.scalars, "a=2.5");
    const std::vector<bundle::Bundle> bundles = bundle::read_file(options.bundle);
    const bundle::Kernel& kernel = find_kernel(bundles, options);
    const Signature signature = signature_of(kernel.program);
    check_names(extents, signature, false, "kernel '" + options.kernel + "' has no tensor '");
    check_names(scalars, signature, true, "kernel '" + options.kernel + "' has no scalar '");

    const Context context = open(options);
    std::optional<DeviceContext> device;
    if (!options.device.empty()) device = context.on(options.device);
    std::vector<Operand> operands(signature.count);
    std::vector<Array<std::uint8_t, 1>> memory;
    std::vector<DeviceArray<std::uint8_t, 1>> device_memory;
    for (int a = 0; a < signature.count; ++a) {
        const ArgumentSignature& argument = signature.arguments[a];
        Operand& operand = operands[static_cast<std::size_t>(a)];
        const std::string name(argument.name.view());
        operand.is_scalar = argument.is_scalar;
        operand.dtype = argument.dtype;
        operand.rank = argument.rank;
        if (argument.is_scalar) {
            const auto given = scalars.find(name);
            operand.bits = scalar_bits(argument.dtype, name, given == scalars.end() ? "1" : given->second);
            continue;
        }
        const auto given = extents.find(name);
        if (given == extents.end() && argument.rank > 0)
            throw UsageError("the extents of tensor '" + name + "', rank " + std::to_string(argument.rank) +
                             ", are missing: give --tensor " + name + "=…");
        const std::vector<std::int64_t> own =
            given == extents.end() ? std::vector<std::int64_t>() : extents_from(given->second, name);
        if (own.size() != argument.rank)
            throw UsageError("tensor '" + name + "' has rank " + std::to_string(argument.rank) +
                             ", but --tensor gives " + std::to_string(own.size()) + " extents");
        const std::int64_t count = detail::element_count(own, size_of(argument.dtype));
        std::copy(own.begin(), own.end(), operand.extents);
        detail::dense_strides(own, std::span(operand.strides, own.size()));
        operand.data = memory.emplace_back(std::array{count * size_of(argument.dtype)}).data();
        fill(argument.dtype, operand.data, count);
        if (device) move_to(*device, operand, memory.back(), device_memory);
    }

    const KernelId id(kernel.hash, kernel.name());
    if (device)
        device->tune(id, operands);
    else
        context.tune(id, operands);
    std::cout << to_text(context.report(id));
}

}  // namespace sporkle::command
