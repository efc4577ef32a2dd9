// LLVM's back end for one machine: modules are made for it, checked, optimised and written as code. A target
// brings the machine and the passes; messages begin with the target's name.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <llvm/ADT/SmallVector.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/PassManager.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Target/TargetMachine.h>

namespace sporkle::llvm_ir {

class BackEnd {
  public:
    struct Choice {
        const char* target;  ///< its name in Sporkle
        const char* triple;  ///< of a back end that has been initialised
        std::string processor, features;
        std::optional<llvm::CodeModel::Model> code_model;
        llvm::CodeGenOptLevel effort = llvm::CodeGenOptLevel::Default;
    };
    using Pipeline = std::function<llvm::ModulePassManager(llvm::PassBuilder&)>;

    /// Position-independent code, strict IEEE arithmetic. Throws Error(unsupported) when this LLVM lacks the
    /// back end.
    explicit BackEnd(const Choice& choice);

    std::unique_ptr<llvm::Module> new_module(llvm::LLVMContext& context) const;

    /// Throws Error(invalid_program) when the translation is not valid LLVM IR, else runs the passes. No C
    /// library is there for them to call.
    void optimize(llvm::Module& module, const Pipeline& pipeline) const;

    /// An object or assembly. Throws Error(unsupported) when LLVM reports a fault.
    llvm::SmallVector<char, 0> write(llvm::Module& module, llvm::CodeGenFileType kind) const;

  private:
    std::string name_;
    std::unique_ptr<llvm::TargetMachine> machine_;
};

/// A module as text.
std::string text_of(const llvm::Module& module);

}  // namespace sporkle::llvm_ir
