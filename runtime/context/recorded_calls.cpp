#include "runtime/context/recorded_calls.hpp"

#include <algorithm>

#include <sporkle/prepared_call.hpp>
#include <sporkle/recording.hpp>

#include "runtime/call/run_reference.hpp"

namespace sporkle::runtime {

namespace {

/// Makes do with the bytes that there are.
void fit(ScratchNeed& need, std::size_t bytes) {
    while (need.bytes() > bytes) {
        if (need.arenas == 1)
            throw Error(ErrorCode::out_of_memory, "no memory for " + std::to_string(need.bytes()) +
                                                      " bytes of scratch of a recorded call");
        need.arenas /= 2;
    }
}

}  // namespace

RecordedCalls::RecordedCalls(std::shared_ptr<ContextState> state, Device& device)
    : state_(std::move(state)), device_(device) {}

void RecordedCalls::add(const KernelId& id, std::span<const Operand> operands) {
    Step step;
    step.kernel = state_->kernel(id);
    step.call = std::make_unique<const Call>(step.kernel->program(), step.kernel->facts(), operands);
    expect_at_home(*step.kernel, *step.call);
    if (step.call->writes_nothing()) return;
    step.selection = state_->selection(*step.kernel, *step.call, &device_);
    steps_.push_back(std::move(step));
}

void RecordedCalls::expect_at_home(const Kernel& kernel, const Call& call) const {
    const Device* home = device_.memory() == nullptr ? nullptr : &device_;
    const Program& p = kernel.program();
    for (int t = 0; t < p.tensor_count; ++t) {
        const DeviceStorage* storage = call.storage(t);
        if (p.tensors[t].role == Role::temporary ||
            (storage == nullptr ? nullptr : &storage->device()) == home)
            continue;
        throw Error(ErrorCode::invalid_argument,
                    "kernel '" + kernel.name() + "': tensor '" + std::string(p.tensors[t].name.view()) +
                        "' lies in the memory of " +
                        (storage == nullptr ? "the process" : storage->device().info().name) +
                        "; in a recording on " + device_.info().name + " it must lie in " +
                        (home == nullptr ? "the process's" : "that device's"));
    }
}

/// A candidate whose code is ready, or the reference.
void RecordedCalls::choose(Step& step) const {
    for (;;) {
        step.candidate = &step.selection->best_guess();
        if (step.candidate->variant == nullptr) return;
        try {
            step.candidate->variant->executable();
            break;
        } catch (const Error& error) {
            if (!step.selection->give_up(*step.candidate, error)) throw;
        }
    }
    step.need = scratch_need(step.candidate->variant->variant(), step.candidate->sizes, device_,
                             step.candidate->threads);
}

/// All steps share the scratch memory: those that have any run one after the other.
void RecordedCalls::bind_all() {
    ScratchNeed most;
    for (Step& step : steps_) {
        choose(step);
        if (step.candidate->variant != nullptr && step.need.bytes() > most.bytes()) most = step.need;
    }
    for (Step& step : steps_) {
        if (step.candidate->variant == nullptr) continue;
        step.binding = step.selection->bind_without_scratch(*step.candidate);
        step.binding->take(*step.call);
        step.binding->bring_in(*step.call);  // now the copies have their addresses
    }
    const std::shared_ptr<const ScratchMemory> memory = allocate_scratch(device_, most, *state_);
    for (Step& step : steps_) {
        if (!step.binding) continue;
        fit(step.need, memory->bytes());
        step.binding->use(step.need, memory);
        step.binding->note_touched(step.kernel->program());
    }
}

void RecordedCalls::finish() {
    bind_all();
    for (std::size_t s = 0; s < steps_.size(); ++s) {
        const bool plain = steps_[s].binding && steps_[s].binding->plain();
        const bool after_reference = s > 0 && !steps_[s - 1].binding;
        if (s == 0 || !plain || after_reference) stretches_.push_back({s, s, nullptr});
        stretches_.back().end = s + 1;
    }
    for (Stretch& stretch : stretches_) {
        if (!steps_[stretch.begin].binding) continue;
        std::vector<Device::Step> steps;
        for (std::size_t s = stretch.begin; s < stretch.end; ++s)
            steps.push_back({&steps_[s].binding->executable(), steps_[s].binding->launch()});
        stretch.recording = device_.record(steps);
    }
}

void RecordedCalls::run() {
    for (Stretch& stretch : stretches_) run(stretch);
}

void RecordedCalls::run(Stretch& stretch) {
    Step& first = steps_[stretch.begin];
    if (!first.binding) return run_reference(*first.call);
    first.binding->bring_in(*first.call);
    if (stretch.recording != nullptr) {
        first.binding->expect_usable();
        stretch.recording->run();
        return;
    }
    for (std::size_t s = stretch.begin; s < stretch.end; ++s) {
        const Binding& binding = *steps_[s].binding;
        const Executable::Direct direct =
            binding.launch().threads == 1 ? binding.executable().direct() : nullptr;
        if (direct != nullptr)
            direct(binding.executable(), binding.launch());
        else
            binding.execute();
    }
}

}  // namespace sporkle::runtime

namespace sporkle {

void Recorder::run(const KernelId& kernel, std::span<const Operand> operands) {
    calls_.add(kernel, operands);
}

Recording::Recording(std::unique_ptr<runtime::RecordedCalls> calls) : calls_(std::move(calls)) {}
Recording::Recording(Recording&&) noexcept = default;
Recording& Recording::operator=(Recording&&) noexcept = default;
Recording::~Recording() = default;

void Recording::operator()() {
    if (calls_ == nullptr) detail::refuse_moved_from("Recording");
    calls_->run();
}

}  // namespace sporkle
