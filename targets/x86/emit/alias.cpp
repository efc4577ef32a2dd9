#include "targets/x86/emit/alias.hpp"

#include <map>

#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/MDBuilder.h>

namespace sporkle::x86 {

AliasScopes::AliasScopes(llvm::LLVMContext& context, const tile::Kernel& kernel, int first_scratch_word) {
    llvm::MDBuilder metadata(context);
    llvm::MDNode* const domain = metadata.createAnonymousAliasScopeDomain(kernel.name);
    std::vector<llvm::MDNode*> scopes(kernel.buffers.size(), nullptr);
    std::vector<llvm::Metadata*> all;
    std::map<int, llvm::MDNode*> scope_of_word;
    for (std::size_t b = 0; b < kernel.buffers.size(); ++b) {
        const tile::Buffer& buffer = kernel.buffers[b];
        const bool in_parameters = buffer.space == tile::Space::global || buffer.space == tile::Space::task;
        if (buffer.space == tile::Space::global && buffer.word < first_scratch_word) continue;
        llvm::MDNode* const known = in_parameters ? scope_of_word[buffer.word] : nullptr;
        scopes[b] = known != nullptr ? known : metadata.createAnonymousAliasScope(domain, buffer.name);
        if (in_parameters) scope_of_word[buffer.word] = scopes[b];
        if (known == nullptr) all.push_back(scopes[b]);
    }
    for (llvm::MDNode* scope : scopes) {
        std::vector<llvm::Metadata*> others;
        for (llvm::Metadata* other : all)
            if (other != scope) others.push_back(other);
        own_.push_back(scope != nullptr ? llvm::MDNode::get(context, {scope}) : nullptr);
        others_.push_back(others.empty() ? nullptr : llvm::MDNode::get(context, others));
    }
}

void AliasScopes::mark(llvm::Instruction* instruction, int buffer) const {
    const auto b = static_cast<std::size_t>(buffer);
    if (own_[b] != nullptr) instruction->setMetadata(llvm::LLVMContext::MD_alias_scope, own_[b]);
    if (others_[b] != nullptr) instruction->setMetadata(llvm::LLVMContext::MD_noalias, others_[b]);
}

}  // namespace sporkle::x86
