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
#include "runtime/memory/aligned_bytes.hpp"

namespace sporkle::runtime {

class Call {
  public:
    /// Checks operands against the kernel: count, kinds, types, ranks, extents, strides, and that no two
    /// outputs share memory. An input that shares memory with an output, in any way in which the kernel could
    /// see its own results, is given a copy. Throws Error(invalid_argument). The Program and the Facts must
    /// outlive the Call.
    Call(const Program& program, const Facts& facts, std::span<const Operand> operands);

    const Program& program() const { return *program_; }
    const Facts& facts() const { return *facts_; }
    const Extents& extents() const { return extents_; }
    /// An argument tensor as compiled code sees it: the copy where there is one.
    const TensorView& tensor(int number) const { return tensors_[number]; }
    /// The arguments in the kernel's order, as the caller gave them.
    std::span<const CallArgument> arguments() const { return arguments_; }
    /// Whether no output has any element.
    bool writes_nothing() const { return writes_nothing_; }

    bool has_copies() const { return !copies_.empty(); }
    /// Brings the copies up to date. To be called before the code runs.
    void copy_inputs() const;

    /// Writes the parameter block up to its scratch words.
    void write_words(std::uint64_t* words) const;

  private:
    struct Copy {
        int tensor = 0;
        TensorView from;  ///< the caller's
        AlignedBytes bytes;
    };

    void take(std::span<const Operand> operands);
    void separate_outputs() const;
    void copy_overlapped_inputs();
    void copy_input(int tensor);
    [[noreturn]] void fail(const std::string& what) const;

    const Program* program_;
    const Facts* facts_;
    std::vector<CallArgument> arguments_;
    Extents extents_;
    TensorView tensors_[max_tensors];
    std::uint64_t scalars_[max_scalars] = {};
    std::vector<Copy> copies_;
    bool writes_nothing_ = true;
};

}  // namespace sporkle::runtime
