#include "tests/conformance/check.hpp"

#include <cstring>
#include <map>
#include <memory>
#include <stdexcept>

#include <sporkle/reference.hpp>

#include "codegen/text/program_text.hpp"
#include "targets/x86/emit/executable_blob.hpp"
#include "tests/conformance/variant_call.hpp"
#include "tests/support/guarded.hpp"

namespace sporkle::testing {

struct CompiledKernel::State {
    Program program;
    std::string architecture;
    std::vector<codegen::Variant> variants;
    codegen::Code code;
    std::unique_ptr<x86::ExecutableBlob> blob;
    mutable int checked = 0;
};

CompiledKernel::CompiledKernel(const Program& program, const codegen::EmitTarget& target,
                               const std::string& architecture)
    : state_(std::make_unique<State>()) {
    state_->program = program;
    state_->architecture = architecture;
    const codegen::Machine machine = target.machine(architecture);
    for (const codegen::Schedule& schedule : codegen::enumerate_schedules(program, machine))
        state_->variants.push_back(codegen::lower(program, schedule, machine));
    state_->code = target.emit(state_->variants);
    state_->blob = std::make_unique<x86::ExecutableBlob>(state_->code.bytes);
}

CompiledKernel::~CompiledKernel() = default;
CompiledKernel::CompiledKernel(CompiledKernel&&) noexcept = default;

std::string CompiledKernel::check_guarded(const Call& before, const Call& expected) const {
    const Program& program = state_->program;
    for (std::size_t v = 0; v < state_->variants.size(); ++v) {
        for (const test::Side side : {test::Side::low, test::Side::high}) {
            Call call = before;
            VariantCall prepared(program, state_->variants[v], call);
            std::vector<std::unique_ptr<test::GuardedMemory>> guarded(call.tensors.size());
            const auto place = [&](std::size_t t) {  // the tensor's elements, without the margins around them
                const CallTensor& tensor = call.tensors[t];
                const std::int64_t size = size_of(tensor.dtype);
                const std::int64_t first = static_cast<std::int64_t>(tensor.origin) + tensor.lowest * size;
                return std::pair{first, (tensor.highest - tensor.lowest + 1) * size};
            };
            for (std::size_t t = 0; t < call.tensors.size(); ++t) {
                if (program.tensors[t].role == Role::temporary || call.tensors[t].empty()) continue;
                const auto [first, bytes] = place(t);
                guarded[t] = std::make_unique<test::GuardedMemory>(static_cast<std::size_t>(bytes), side);
                std::memcpy(guarded[t]->data(), call.tensors[t].bytes.data() + first,
                            static_cast<std::size_t>(bytes));
                prepared.relocate(
                    static_cast<int>(t),
                    guarded[t]->data() - call.tensors[t].lowest * size_of(call.tensors[t].dtype));
            }
            if (!prepared.fits()) continue;
            prepared.execute(entries_of(v));
            for (std::size_t t = 0; t < call.tensors.size(); ++t) {
                if (!guarded[t]) continue;
                const auto [first, bytes] = place(t);
                std::memcpy(call.tensors[t].bytes.data() + first, guarded[t]->data(),
                            static_cast<std::size_t>(bytes));
            }
            ++state_->checked;
            if (const auto same = same_bits(program, expected, call); !same)
                return state_->architecture + ", schedule " + state_->variants[v].schedule.name +
                       ", guarded: " + same.message();
        }
    }
    return {};
}

std::vector<bundle::EntryPoint> CompiledKernel::entries_of(std::size_t variant) const {
    std::vector<bundle::EntryPoint> entries;
    for (const auto& entry : state_->code.entries[variant])
        entries.push_back(state_->blob->entry(entry.offset));
    return entries;
}

int CompiledKernel::variants() const { return static_cast<int>(state_->variants.size()); }
int CompiledKernel::checked() const { return state_->checked; }

std::string CompiledKernel::check(const Call& before, const Call& expected, bool interpret) const {
    for (std::size_t v = 0; v < state_->variants.size(); ++v) {
        const codegen::Variant& variant = state_->variants[v];
        const auto run = [&](const char* how, auto&& execute) -> std::string {
            Call call = before;
            VariantCall prepared(state_->program, variant, call);
            if (!prepared.fits()) return {};
            std::string fault = execute(prepared);
            if (fault.empty()) {
                const auto same = same_bits(state_->program, expected, call);
                if (!same) fault = same.message();
            }
            ++state_->checked;
            if (fault.empty()) return {};
            return state_->architecture + ", schedule " + variant.schedule.name + ", " + how + ": " + fault;
        };
        if (interpret)
            if (std::string fault = run("interpreted", [](VariantCall& c) { return c.interpret(); });
                !fault.empty())
                return fault;
        std::string fault = run("machine code", [&](VariantCall& c) {
            c.execute(entries_of(v));
            return std::string();
        });
        if (!fault.empty()) return fault;
    }
    return {};
}

std::vector<std::string> runnable_architectures(const codegen::EmitTarget& target) {
    const std::map<std::string, bool> supported{
        {"x86-64-v2", __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt")},
        {"x86-64-v3", __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")},
        {"x86-64-v4", __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")},
    };
    std::vector<std::string> result;
    for (const std::string& name : target.architectures())
        if (const auto found = supported.find(name); found != supported.end() && found->second)
            result.push_back(name);
    return result;
}

std::vector<const codegen::EmitTarget*> host_targets() {
    std::vector<const codegen::EmitTarget*> result;
    for (const auto& target : codegen::emit_targets())
        if (!runnable_architectures(*target).empty()) result.push_back(target.get());
    return result;
}

std::string check_program(const Program& program, std::uint64_t seed, int calls, const CallOptions& options,
                          bool interpret) {
    const auto complain = [&](const std::string& fault) {
        return "seed " + std::to_string(seed) + ": " + fault + "\n" + codegen::to_text(program);
    };
    try {
        std::vector<CompiledKernel> kernels;
        for (const codegen::EmitTarget* target : host_targets())
            for (const std::string& architecture : runnable_architectures(*target))
                kernels.emplace_back(program, *target, architecture);
        for (int c = 0; c < calls; ++c) {
            CallOptions of_call = options;
            of_call.finite = c % 3 == 2;
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
            for (const CompiledKernel& kernel : kernels)
                if (std::string fault = kernel.check(before, expected, interpret); !fault.empty())
                    return complain("call " + std::to_string(c) + ": " + fault);
        }
    } catch (const std::exception& error) {
        return complain(error.what());
    }
    return {};
}

}  // namespace sporkle::testing
