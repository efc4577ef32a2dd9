#include "tests/conformance/device_kernel.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <stdexcept>

#include <sporkle/error.hpp>

#include "codegen/bundle/writer.hpp"
#include "runtime/bundle/reader.hpp"
#include "tests/conformance/variant_call.hpp"
#include "tests/conformance/watched_memory.hpp"

namespace sporkle::testing {
namespace {

/// A call's tensors and scratch in memory of the device, and the launch that uses them.
class PlacedCall {
  public:
    PlacedCall(const Program& program, VariantCall& prepared, Call& call, runtime::Device& device,
               bool aligned)
        : program_(program), prepared_(prepared), call_(call), device_(device) {
        tensors_.resize(call.tensors.size());
        for (std::size_t t = 0; t < call.tensors.size(); ++t) {
            if (program.tensors[t].role == Role::temporary) continue;
            const CallTensor& tensor = call.tensors[t];
            const std::int64_t lowest = tensor.lowest * size_of(tensor.dtype);
            const std::size_t before = tensor.origin + static_cast<std::size_t>(lowest);
            const std::size_t offset = aligned ? 256 - before % 256 : tensor.origin;
            tensors_[t] = std::make_unique<WatchedMemory>(device, tensor.bytes.size(), offset);
            prepared.place_tensor(static_cast<int>(t), tensors_[t]->address() + tensor.origin);
        }
    }

    void launch(const runtime::Executable& executable, const DeviceRun& how) {
        for (std::size_t t = 0; t < tensors_.size(); ++t)
            if (tensors_[t]) tensors_[t]->fill(call_.tensors[t].bytes.data());
        const auto shared = prepared_.shared_bytes();
        for (std::size_t n = 0; n < shared.size(); ++n) {
            if (prepared_.variant().scratch[n].per_task) continue;
            scratch_.emplace_back(device_, static_cast<std::size_t>(shared[n])).fill(nullptr);
            prepared_.place_scratch(static_cast<int>(n), scratch_.back().address());
        }
        std::int64_t most_tasks = 1;
        for (std::size_t d = 0; d < prepared_.variant().dispatches.size(); ++d) {
            grids_.push_back(prepared_.grid(d));
            most_tasks = std::max(most_tasks, grids_.back().tasks);
        }
        const int wanted = how.arenas > 0 ? std::min(how.arenas, device_.arenas()) : device_.arenas();
        runtime::Launch launch;
        launch.words = prepared_.words().data();
        launch.word_count = prepared_.words().size();
        launch.grids = grids_;
        launch.threads = static_cast<int>(std::min<std::int64_t>(wanted, most_tasks));
        launch.arena_bytes = static_cast<std::size_t>(prepared_.task_bytes());
        scratch_.emplace_back(device_, launch.arena_bytes * static_cast<std::size_t>(launch.threads))
            .fill(nullptr);
        launch.arenas = reinterpret_cast<std::byte*>(static_cast<std::uintptr_t>(scratch_.back().address()));

        const runtime::Device::Step step{&executable, launch};
        const auto recording = how.recorded ? device_.record({&step, 1}) : nullptr;
        if (recording) {
            recording->run();
            recording->run();
        } else {
            executable.run(launch);
        }
    }

    /// Brings the tensors back.
    std::string collect() {
        for (std::size_t t = 0; t < tensors_.size(); ++t) {
            if (!tensors_[t]) continue;
            if (std::string fault = tensors_[t]->read(call_.tensors[t].bytes.data()); !fault.empty())
                return "tensor '" + std::string(program_.tensors[t].name.view()) + "': " + fault;
        }
        for (const WatchedMemory& scratch : scratch_)
            if (std::string fault = scratch.read(nullptr); !fault.empty()) return "scratch: " + fault;
        return {};
    }

  private:
    const Program& program_;
    VariantCall& prepared_;
    Call& call_;
    runtime::Device& device_;
    std::vector<std::unique_ptr<WatchedMemory>> tensors_;  ///< null for temporaries
    std::vector<WatchedMemory> scratch_;                   ///< the arenas are the last
    std::vector<runtime::Grid> grids_;
};

}  // namespace

bundle::Bundle bundle_of(const Program& program, const std::vector<codegen::Variant>& variants,
                         const codegen::Code& code) {
    const codegen::CompiledKernel kernel{program, {{variants, code}}};
    const std::vector<std::byte> object = codegen::write_bundle("conformance", {&kernel, 1});
    constexpr std::align_val_t alignment{64};
    const std::shared_ptr<std::byte> storage(static_cast<std::byte*>(operator new(object.size(), alignment)),
                                             [](std::byte* p) { operator delete(p, alignment); });
    std::copy(object.begin(), object.end(), storage.get());
    auto bundles = bundle::read_bytes({storage.get(), object.size()}, storage, "the test's bundle");
    if (bundles.size() != 1 || bundles.front().kernels.size() != 1)
        throw std::logic_error("one kernel was written into one bundle, something else was read");
    return std::move(bundles.front());
}

DeviceKernel::DeviceKernel(const Program& program, const std::vector<codegen::Variant>& variants,
                           const bundle::Bundle& bundle, runtime::Device& device)
    : program_(program),
      variants_(variants),
      bundle_(bundle),
      device_(device),
      executables_(variants.size()),
      runs_(variants.size()) {}

const runtime::Executable& DeviceKernel::executable(std::size_t variant) {
    if (executables_[variant]) return *executables_[variant];
    for (const bundle::Variant& read : bundle_.kernels.front().variants)
        if (read.schedule == variants_[variant].schedule.name)
            executables_[variant] = device_.load(bundle_, read);
    if (!executables_[variant])
        throw std::logic_error("the bundle lacks schedule " + variants_[variant].schedule.name);
    return *executables_[variant];
}

std::optional<std::string> DeviceKernel::run(std::size_t variant, Call& call, const DeviceRun& how) {
    VariantCall prepared(program_, variants_[variant], call);
    PlacedCall placed(program_, prepared, call, device_, how.aligned);
    if (!prepared.fits()) return std::nullopt;
    const runtime::Executable* loaded = nullptr;
    try {
        loaded = &executable(variant);
    } catch (const Error& error) {
        if (error.code() == ErrorCode::unsupported) return std::nullopt;
        throw;
    }
    try {
        placed.launch(*loaded, how);
    } catch (const Error& error) {
        const bool ended_early =
            std::string(error.what()).find("left a loop before its end") != std::string::npos;
        if (ended_early && how.may_be_too_long) return std::nullopt;
        throw;
    }
    ++runs_[variant];
    return placed.collect();
}

}  // namespace sporkle::testing
