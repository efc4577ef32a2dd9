#include "codegen/simt/private_buffers.hpp"

#include <algorithm>

#include "codegen/ir/rules.hpp"

namespace sporkle::codegen {
namespace {

using tile::Instruction;
using tile::Op;

struct Use {
    int lanes = 0;  ///< of all accesses so far; 0: none
    bool one_length = true, at_multiples = true;
};

void note_uses(const tile::Kernel& kernel, const Definitions& definitions, const tile::Region& region,
               std::vector<Use>& uses) {
    for (const Instruction& i : region.body) {
        for (const tile::Region& inner : i.regions) note_uses(kernel, definitions, inner, uses);
        if (!tile::is_load(i.op) && !tile::is_store(i.op)) continue;
        Use& use = uses[static_cast<std::size_t>(i.buffer)];
        const int lanes = kernel.type_of(tile::is_store(i.op) ? i.operands[0] : i.results[0]).lanes;
        use.one_length = use.one_length && (use.lanes == 0 || use.lanes == lanes);
        use.lanes = lanes;
        const tile::Value element = i.operands[tile::is_store(i.op) ? 1 : 0];
        use.at_multiples = use.at_multiples && (i.op == Op::load || i.op == Op::store) &&
                           definitions.factor(definitions.form(element)) % lanes == 0;
    }
}

}  // namespace

std::vector<PrivateBuffer> place_private_buffers(const tile::Kernel& kernel, const Definitions& definitions) {
    std::vector<Use> uses(kernel.buffers.size());
    note_uses(kernel, definitions, kernel.body, uses);
    std::vector<PrivateBuffer> places;
    for (std::size_t n = 0; n < kernel.buffers.size(); ++n) {
        PrivateBuffer place;
        const Use& use = uses[n];
        if (kernel.buffers[n].space == tile::Space::private_) {
            place.kind = PrivateBuffer::exchanged;
            if (kernel.threads == 1 || (use.one_length && use.lanes <= 1)) {
                place.kind = PrivateBuffer::whole;
            } else if (use.one_length && use.at_multiples) {
                place.kind = PrivateBuffer::share;
                place.divisor = std::min(use.lanes, kernel.threads);
            }
        }
        places.push_back(place);
    }
    return places;
}

}  // namespace sporkle::codegen
