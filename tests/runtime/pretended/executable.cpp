#include "tests/runtime/pretended/executable.hpp"

#include <algorithm>

#include <sporkle/error.hpp>

namespace sporkle::test {

void PretendedExecutable::run(const runtime::Launch& launch, double* device_seconds) const {
    ++state_.submissions;
    const double seconds = run_translated(*translate(launch));
    if (device_seconds != nullptr && state_.has_clock) *device_seconds = seconds;
}

std::unique_ptr<RealLaunch> PretendedExecutable::translate(const runtime::Launch& launch) const {
    auto real = std::make_unique<RealLaunch>();
    real->words.assign(launch.words, launch.words + launch.word_count);
    real->grids.assign(launch.grids.begin(), launch.grids.end());
    for (int t = 0; t < program_.tensor_count; ++t)
        if (program_.tensors[t].role != Role::temporary) translate_tensor(real->words, t);
    const ParameterBlock block(program_);
    for (std::size_t s = 0; s < variant_.scratch.size(); ++s) {
        if (variant_.scratch[s].per_task) continue;
        std::uint64_t& word = real->words.at(static_cast<std::size_t>(block.scratch(static_cast<int>(s))));
        word = reinterpret_cast<std::uintptr_t>(memory_.real(word, 1));
    }
    real->launch = launch;
    real->launch.words = real->words.data();
    real->launch.grids = real->grids;
    real->launch.threads = 1;
    if (launch.arena_bytes > 0) {
        state_.arena_bytes = static_cast<long>(launch.arena_bytes);
        state_.most_arenas = std::max<long>(state_.most_arenas, launch.threads);
        const auto first = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(launch.arenas));
        real->launch.arenas =
            memory_.real(first, launch.arena_bytes * static_cast<std::size_t>(launch.threads));
    }
    return real;
}

void PretendedExecutable::translate_tensor(std::vector<std::uint64_t>& words, int tensor) const {
    const ParameterBlock block(program_);
    const auto word = [&](int number) { return static_cast<std::size_t>(number); };
    const int element_bytes = size_of(program_.tensors[tensor].dtype);
    std::int64_t lowest = 0, highest = 0;
    for (int d = 0; d < program_.tensors[tensor].rank; ++d) {
        const auto extent = static_cast<std::int64_t>(words[word(block.extent(program_, tensor, d))]);
        const auto stride = static_cast<std::int64_t>(words[word(block.stride(tensor, d))]);
        if (extent == 0) return;
        if (extent > 1) (stride < 0 ? lowest : highest) += (extent - 1) * stride;
    }
    std::uint64_t& address = words[word(block.address(tensor))];
    const std::int64_t before = lowest * element_bytes;
    std::byte* real = memory_.real(address + static_cast<std::uint64_t>(before),
                                   static_cast<std::size_t>((highest - lowest + 1) * element_bytes));
    address = reinterpret_cast<std::uintptr_t>(real - before);
}

double PretendedExecutable::run_translated(const RealLaunch& launch) const {
    if (state_.runs_until_failure == 0)
        throw Error(ErrorCode::device_failure, "pretended: a launch failed, as it was told to");
    if (state_.runs_until_failure > 0) --state_.runs_until_failure;
    ++state_.launches;
    code_->run(launch.launch, nullptr);
    return state_.seconds ? state_.seconds(variant_.schedule) : 1e-3;
}

}  // namespace sporkle::test
