// A variant of compiled x86 code, ready to run on threads.
#pragma once

#include <memory>
#include <vector>

#include "runtime/bundle/entry_point.hpp"
#include "runtime/device.hpp"
#include "targets/x86/run/code_memory.hpp"

namespace sporkle::x86 {

class Executable final : public runtime::Executable {
  public:
    /// `entries` holds one entry point for each dispatch; they lie in `memory` unless that is null.
    Executable(std::vector<bundle::EntryPoint> entries, std::shared_ptr<const CodeMemory> memory,
               Executor& executor)
        : entries_(std::move(entries)), memory_(std::move(memory)), executor_(executor) {}

    void run(const runtime::Launch& launch, double* device_seconds = nullptr) const override;
    Direct direct() const override { return &run_on_caller; }

  private:
    static void run_on_caller(const runtime::Executable& executable, const runtime::Launch& launch);
    void run_on_threads(bundle::EntryPoint entry, const runtime::Grid& grid,
                        const runtime::Launch& launch) const;

    std::vector<bundle::EntryPoint> entries_;
    std::shared_ptr<const CodeMemory> memory_;
    Executor& executor_;
};

}  // namespace sporkle::x86
