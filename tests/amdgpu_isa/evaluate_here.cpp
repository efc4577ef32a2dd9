// LLVM's just-in-time compiler as the oracle: its code generator for this processor shares with that for
// AMD's chips only the IR's definition.
#include <bit>
#include <stdexcept>

#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>
#include <llvm/IRReader/IRReader.h>
#include <llvm/Support/SourceMgr.h>
#include <llvm/Support/TargetSelect.h>

#include <sporkle/half.hpp>

#include "tests/amdgpu_isa/expression.hpp"

namespace sporkle::testing {
namespace {

template <class T>
T valid(llvm::Expected<T> value) {
    if (!value) throw std::runtime_error(llvm::toString(value.takeError()));
    return std::move(*value);
}

/// The compiler library's double → half, which x86 returns in the low 16 bits of a vector register: as those
/// of a float.
float truncate_to_half(double x) { return std::bit_cast<float>(std::uint32_t{half(x).bits()}); }

/// void @h_<name>(ptr a, ptr b, ptr c, ptr out, i64 n)
std::string loops_text(const std::vector<Expression>& expressions) {
    std::string text;
    for (const Expression& e : expressions) {
        const std::string in = "i" + std::to_string(bits_of_type(e.argument)),
                          out = "i" + std::to_string(bits_of_type(e.result));
        text += "define void @h_" + e.name +
                "(ptr %a, ptr %b, ptr %c, ptr %out, i64 %n) {\nbr label %loop\nloop:\n"
                "%i = phi i64 [0, %0], [%i1, %loop]\n";
        for (const std::string x : {"a", "b", "c"}) {
            text += "%" + x + "p = getelementptr i64, ptr %" + x + ", i64 %i\n%" + x + "v = load " + in +
                    ", ptr %" + x + "p\n%" + x + "x = bitcast " + in + " %" + x + "v to " + e.argument + "\n";
        }
        text += "%r = call " + e.result + " @f_" + e.name + "(" + e.argument + " %ax, " + e.argument +
                " %bx, " + e.argument + " %cx)\n%rb = bitcast " + e.result + " %r to " + out + "\n";
        if (out != "i64") text += "%rw = zext " + out + " %rb to i64\n";
        text += "%op = getelementptr i64, ptr %out, i64 %i\nstore i64 %r" +
                std::string(out == "i64" ? "b" : "w") +
                ", ptr %op\n%i1 = add i64 %i, 1\n%more = icmp slt i64 %i1, %n\n"
                "br i1 %more, label %loop, label %end\nend:\nret void\n}\n";
    }
    return text;
}

}  // namespace

std::vector<std::vector<std::uint64_t>> evaluate_here(const std::vector<Expression>& expressions,
                                                      const std::vector<std::vector<std::uint64_t>>& a,
                                                      const std::vector<std::vector<std::uint64_t>>& b,
                                                      const std::vector<std::vector<std::uint64_t>>& c) {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    auto context = std::make_unique<llvm::LLVMContext>();
    llvm::SMDiagnostic diagnostic;
    const std::string ir = functions_text(expressions, true) + loops_text(expressions);
    auto module = llvm::parseIR(llvm::MemoryBufferRef(ir, "host"), diagnostic, *context);
    if (!module)
        throw std::runtime_error(diagnostic.getMessage().str() + ": " + diagnostic.getLineContents().str());
    auto jit = valid(llvm::orc::LLJITBuilder().create());
    module->setDataLayout(jit->getDataLayout());
    llvm::orc::SymbolMap symbols;
    symbols[jit->mangleAndIntern("__truncdfhf2")] = {llvm::orc::ExecutorAddr::fromPtr(&truncate_to_half),
                                                     llvm::JITSymbolFlags::Exported};
    if (auto error = jit->getMainJITDylib().define(llvm::orc::absoluteSymbols(std::move(symbols))))
        throw std::runtime_error(llvm::toString(std::move(error)));
    if (auto error = jit->addIRModule(llvm::orc::ThreadSafeModule(std::move(module), std::move(context))))
        throw std::runtime_error(llvm::toString(std::move(error)));

    std::vector<std::vector<std::uint64_t>> results;
    for (std::size_t k = 0; k < expressions.size(); ++k) {
        using Loop = void (*)(const std::uint64_t*, const std::uint64_t*, const std::uint64_t*,
                              std::uint64_t*, std::int64_t);
        const auto loop = valid(jit->lookup("h_" + expressions[k].name)).toPtr<Loop>();
        std::vector<std::uint64_t> out(a[k].size());
        loop(a[k].data(), b[k].data(), c[k].data(), out.data(), static_cast<std::int64_t>(out.size()));
        results.push_back(std::move(out));
    }
    return results;
}

}  // namespace sporkle::testing
