// Call: operands that were found to fit a kernel, in the form that compiled code and the reference want.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <sporkle/extents.hpp>
#include <sporkle/operand.hpp>

#include "runtime/call/facts.hpp"
#include "runtime/memory/device_storage.hpp"

namespace sporkle::runtime {

class Call {
  public:
    /// Checks operands against the kernel: count, kinds, types, ranks, extents, strides, and that no two
    /// outputs share memory. Throws Error(invalid_argument). The Program and the Facts must outlive the Call.
    Call(const Program& program, const Facts& facts, std::span<const Operand> operands);

    const Program& program() const { return *program_; }
    const Facts& facts() const { return *facts_; }
    const Extents& extents() const { return extents_; }
    /// An argument tensor as the caller gave it.
    const TensorView& tensor(int number) const { return tensors_[number]; }
    /// The memory in which it lies; null for the process's own.
    const DeviceStorage* storage(int number) const { return storages_[number]; }
    /// Whether a tensor lies in the memory of a device.
    bool on_devices() const { return on_devices_; }
    /// Where both lie in one memory: whether an input shares memory with an output in any way in which the
    /// kernel could see its own results, so that it must be copied before the code runs.
    bool must_be_copied(int input) const { return must_be_copied_[input]; }
    /// Whether an input is an output at the same time, and nothing must be copied for that.
    bool works_in_place() const { return works_in_place_; }
    /// The arguments in the kernel's order, as the caller gave them.
    std::span<const CallArgument> arguments() const { return arguments_; }
    /// Whether no output has any element.
    bool writes_nothing() const { return writes_nothing_; }

    /// Writes the parameter block up to its scratch words.
    void write_words(std::uint64_t* words) const;

  private:
    void take(std::span<const Operand> operands);
    void separate_outputs() const;
    void check_storage() const;
    void find_overlapped_inputs();
    bool may_overlap(int x, int y) const;
    [[noreturn]] void fail(const std::string& what) const;

    const Program* program_;
    const Facts* facts_;
    std::vector<CallArgument> arguments_;
    Extents extents_;
    TensorView tensors_[max_tensors];
    const DeviceStorage* storages_[max_tensors] = {};
    bool must_be_copied_[max_tensors] = {};
    std::uint64_t scalars_[max_scalars] = {};
    bool writes_nothing_ = true, on_devices_ = false, works_in_place_ = false;
};

}  // namespace sporkle::runtime
