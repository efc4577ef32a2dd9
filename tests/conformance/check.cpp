#include "tests/conformance/check.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <stdexcept>

#include <sporkle/reference.hpp>

#include "codegen/text/program_text.hpp"
#include "tests/conformance/devices.hpp"
#include "tests/conformance/host_call.hpp"
#include "tests/support/executable_blob.hpp"
#include "tests/support/guarded.hpp"

namespace sporkle::testing {

struct CompiledKernel::State {
    Program program;
    std::string architecture;
    std::vector<codegen::Variant> variants;
    codegen::Code code;
    std::unique_ptr<test::ExecutableBlob> blob;  ///< null unless the code is the host's own kind
    bundle::Bundle bundle;
    std::vector<DeviceKernel> devices;
    int checked = 0;

    std::vector<bundle::EntryPoint> entries_of(std::size_t variant) const {
        std::vector<bundle::EntryPoint> entries;
        for (const auto& entry : code.entries[variant]) entries.push_back(blob->entry(entry.offset));
        return entries;
    }

    /// Lets `run` run a variant on a copy of the call and compares. `run` returns nothing where the variant
    /// does not fit.
    template <class Run>
    std::string compare(std::size_t variant, const std::string& how, const Call& before, const Call& expected,
                        Run&& run) {
        Call call = before;
        std::optional<std::string> fault;
        try {
            fault = run(call);
        } catch (const std::exception& error) {
            fault = error.what();
        }
        if (!fault) return {};
        ++checked;
        if (fault->empty())
            if (const auto same = same_bits(program, expected, call); !same) fault = same.message();
        if (fault->empty()) return {};
        return architecture + ", schedule " + variants[variant].schedule.name + ", " + how + ": " + *fault;
    }
};

CompiledKernel::CompiledKernel(const Program& program, const codegen::EmitTarget& target,
                               const std::string& architecture, const std::vector<runtime::Device*>& devices)
    : state_(std::make_unique<State>()) {
    state_->program = program;
    state_->architecture = architecture;
    const codegen::Machine machine = target.machine(architecture);
    for (const codegen::Schedule& schedule : codegen::enumerate_schedules(program, machine))
        state_->variants.push_back(codegen::lower(program, schedule, machine));
    if (devices.empty()) return;
    state_->code = target.emit(state_->variants);
    if (state_->code.executable) state_->blob = std::make_unique<test::ExecutableBlob>(state_->code.bytes);
    state_->bundle = bundle_of(program, state_->variants, state_->code);
    for (runtime::Device* device : devices)
        state_->devices.emplace_back(state_->program, state_->variants, state_->bundle, *device);
}

CompiledKernel::~CompiledKernel() = default;
CompiledKernel::CompiledKernel(CompiledKernel&&) noexcept = default;

int CompiledKernel::checked() const { return state_->checked; }

std::string CompiledKernel::unserved() const {
    std::string names;
    for (const DeviceKernel& device : state_->devices)
        if (device.runs(state_->variants.size() - 1) == 0)
            names +=
                device.device().info().name + " never ran " + state_->variants.back().schedule.name + "; ";
    return names;
}

std::string CompiledKernel::check(const Call& before, const Call& expected, const Ways& ways) const {
    for (std::size_t v = 0; v < state_->variants.size(); ++v) {
        const codegen::Variant& variant = state_->variants[v];
        const auto on_host = [&](auto&& act) {
            return [&, act](Call& call) -> std::optional<std::string> {
                HostCall prepared(state_->program, variant, call);
                if (!prepared.fits()) return std::nullopt;
                return act(prepared);
            };
        };
        const auto interpreted = [&](bool distributed) {
            return on_host([distributed](HostCall& call) { return call.interpret(distributed); });
        };
        std::string fault;
        if (ways.interpret) {
            fault = state_->compare(v, "interpreted", before, expected, interpreted(false));
            if (fault.empty() && is_collective(variant))
                fault =
                    state_->compare(v, "interpreted as single threads", before, expected, interpreted(true));
        }
        if (ways.execute && fault.empty() && state_->blob)
            fault = state_->compare(v, "machine code", before, expected, on_host([&](HostCall& call) {
                                        call.execute(state_->entries_of(v));
                                        return std::string();
                                    }));
        for (DeviceKernel& device : state_->devices)
            if (ways.execute && fault.empty())
                fault = state_->compare(v, "on " + device.device().info().name, before, expected,
                                        [&](Call& call) { return device.run(v, call, ways.on_device); });
        if (!fault.empty()) return fault;
    }
    return {};
}

std::string CompiledKernel::check_guarded(const Call& before, const Call& expected) const {
    if (!state_->blob) return {};
    const Program& program = state_->program;
    for (std::size_t v = 0; v < state_->variants.size(); ++v) {
        for (const test::Side side : {test::Side::low, test::Side::high}) {
            const auto run = [&](Call& call) -> std::optional<std::string> {
                HostCall prepared(program, state_->variants[v], call);
                std::vector<std::unique_ptr<test::GuardedMemory>> guarded(call.tensors.size());
                const auto place = [&](std::size_t t) {  // the tensor's elements, without the margins around
                    const CallTensor& tensor = call.tensors[t];
                    const std::int64_t size = size_of(tensor.dtype);
                    const std::int64_t first =
                        static_cast<std::int64_t>(tensor.origin) + tensor.lowest * size;
                    return std::pair{first, (tensor.highest - tensor.lowest + 1) * size};
                };
                for (std::size_t t = 0; t < call.tensors.size(); ++t) {
                    if (program.tensors[t].role == Role::temporary || call.tensors[t].empty()) continue;
                    const auto [first, bytes] = place(t);
                    guarded[t] = std::make_unique<test::GuardedMemory>(static_cast<std::size_t>(bytes), side);
                    std::memcpy(guarded[t]->data(), call.tensors[t].bytes.data() + first,
                                static_cast<std::size_t>(bytes));
                    prepared.place_tensor(
                        static_cast<int>(t),
                        reinterpret_cast<std::uintptr_t>(
                            guarded[t]->data() - call.tensors[t].lowest * size_of(call.tensors[t].dtype)));
                }
                if (!prepared.fits()) return std::nullopt;
                prepared.execute(state_->entries_of(v));
                for (std::size_t t = 0; t < call.tensors.size(); ++t) {
                    if (!guarded[t]) continue;
                    const auto [first, bytes] = place(t);
                    std::memcpy(call.tensors[t].bytes.data() + first, guarded[t]->data(),
                                static_cast<std::size_t>(bytes));
                }
                return std::string();
            };
            if (std::string fault = state_->compare(v, "guarded", before, expected, run); !fault.empty())
                return fault;
        }
    }
    return {};
}

std::vector<CompiledKernel> compile_for_devices(const Program& program, const codegen::EmitTarget& target) {
    std::vector<CompiledKernel> kernels;
    const auto devices = devices_for(target, program.numerics);
    for (const std::string& architecture : architectures_of(target, devices)) {
        // Some architectures have nothing for this kernel, such as those of matrix units alone.
        if (codegen::enumerate_schedules(program, target.machine(architecture)).empty()) continue;
        std::vector<runtime::Device*> running;
        for (runtime::Device* device : devices) {
            const auto& names = device->info().architectures;
            if (std::find(names.begin(), names.end(), architecture) != names.end()) running.push_back(device);
        }
        kernels.emplace_back(program, target, architecture, running);
    }
    return kernels;
}

Finding check_program(const Program& program, std::uint64_t seed, int calls, const CallOptions& options) {
    std::vector<CompiledKernel> kernels;
    const auto found = [&](const std::string& fault) {
        Finding finding;
        for (const CompiledKernel& kernel : kernels) finding.checked += kernel.checked();
        if (!fault.empty())
            finding.complaint =
                "seed " + std::to_string(seed) + ": " + fault + "\n" + codegen::to_text(program);
        return finding;
    };
    try {
        for (const auto& target : codegen::emit_targets())
            for (CompiledKernel& kernel : compile_for_devices(program, *target))
                kernels.push_back(std::move(kernel));
        for (int c = 0; c < calls; ++c) {
            CallOptions of_call = options;
            of_call.finite = c % 3 == 2;
            of_call.tiny = c % 4 == 3;
            Call before;
            try {
                before = random_call(program, seed + static_cast<std::uint64_t>(c), of_call);
            } catch (const std::runtime_error&) {
                if (c == 0) throw;
                continue;  // the extents that this seed draws do not fit the Program
            }
            Call expected = before;
            const auto arguments = expected.arguments();
            reference(program, arguments);
            Ways ways;
            ways.on_device.aligned = c % 2 == 0;
            ways.on_device.recorded = c % 3 == 1;
            ways.on_device.arenas = c % 3 == 2 ? 2 : 0;
            for (const CompiledKernel& kernel : kernels)
                if (std::string fault = kernel.check(before, expected, ways); !fault.empty())
                    return found("call " + std::to_string(c) + ": " + fault);
        }
    } catch (const std::exception& error) {
        return found(error.what());
    }
    return found("");
}

}  // namespace sporkle::testing
