#include "codegen/legalize/rebuild.hpp"

#include "codegen/ir/rewriter.hpp"
#include "codegen/ir/rules.hpp"

namespace sporkle::codegen {
namespace {

class Replacer final : public tile::Rewriter {
  public:
    Replacer(const tile::Kernel& kernel, const Replacement& replacement)
        : Rewriter(kernel), replacement_(replacement) {}

  private:
    tile::Value value(const tile::Instruction& x, std::span<const tile::Value> operands) override {
        if (tile::is_pure(x.op)) {
            const tile::Type operand_type = x.operands.empty() ? tile::Type{} : old_type(x.operands[0]);
            const tile::Value replaced =
                replacement_(builder_, x, old_type(x.results[0]), operand_type, operands);
            if (replaced) return replaced;
        }
        return Rewriter::value(x, operands);
    }

    const Replacement& replacement_;
};

}  // namespace

tile::Kernel rebuild(const tile::Kernel& kernel, const Replacement& replacement) {
    return Replacer(kernel, replacement).run();
}

}  // namespace sporkle::codegen
