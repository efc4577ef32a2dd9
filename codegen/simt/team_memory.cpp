#include "codegen/simt/team_memory.hpp"

#include <algorithm>
#include <bit>

#include "codegen/ir/rules.hpp"

namespace sporkle::codegen {

using tile::Instruction;
using tile::Op;
using tile::Type;
using tile::Value;

namespace {

/// The greatest power of two that divides x > 0.
int power_of_two_in(int x) { return x & -x; }

/// Lanes that one instruction moves of a thread's share.
int piece_lanes(Type share) { return std::min(16 / size_of(share.scalar), power_of_two_in(share.lanes)); }

}  // namespace

TeamMemory::TeamMemory(const tile::Kernel& kernel, tile::Builder& builder, TeamLanes& lanes,
                       const std::vector<Value>& image)
    : from_(kernel),
      b(builder),
      lanes_(lanes),
      image_(image),
      definitions_(kernel),
      private_(place_private_buffers(kernel, definitions_)) {}

std::vector<bool> TeamMemory::exchanged() const {
    std::vector<bool> result;
    for (const PrivateBuffer& place : private_) result.push_back(place.kind == PrivateBuffer::exchanged);
    return result;
}

void TeamMemory::add_buffers() {
    for (std::size_t n = 0; n < private_.size(); ++n) {
        tile::Buffer buffer = from_.buffers[n];
        if (private_[n].kind == PrivateBuffer::share)
            buffer.size = (buffer.size + private_[n].divisor - 1) / private_[n].divisor;
        if (private_[n].kind == PrivateBuffer::exchanged) {
            buffer.space = tile::Space::shared;
            buffer.size *= from_.members;
        }
        b.add_buffer(std::move(buffer));
    }
}

/// The element number divided by what divides it.
Value TeamMemory::place_in_share(Value old_element, std::int64_t divisor) {
    const ElementForm form = definitions_.form(old_element);
    const bool termwise = form.constant % divisor == 0 &&
                          std::all_of(form.terms.begin(), form.terms.end(), [&](const ElementForm::Term& t) {
                              return t.coefficient % divisor == 0;
                          });
    if (!termwise)
        return b.binary(Op::shr, image(old_element),
                        b.integer(std::countr_zero(static_cast<std::uint64_t>(divisor))));
    Value sum = b.integer(form.constant / divisor);
    for (const ElementForm::Term& term : form.terms)
        sum = b.add(sum,
                    b.mul(b.convert(image(term.value), DType::i64), b.integer(term.coefficient / divisor)));
    return sum;
}

Value TeamMemory::part_of_mask(const Instruction& i, int whole_lanes) {
    const Value mask = i.masked ? image(i.operands.back()) : Value{};
    if (private_buffer(i).kind == PrivateBuffer::share) return mask;
    const Value held = lanes_.holds_any(whole_lanes);
    if (!mask || !held) return mask ? mask : held;
    return b.binary(Op::bit_and, mask, held);
}

/// An element number of 32 bits is extended when it is complete: threads then add half as long numbers.
Value TeamMemory::sum(Value old_element, Value offset) {
    const Value source = definitions_.extended(old_element);
    if (!source) return b.add(image(old_element), offset);
    return b.convert(b.add(image(source), b.convert(offset, DType::i32)), DType::i64);
}

TeamMemory::Part TeamMemory::part(const Instruction& i, Type whole) {
    const PrivateBuffer& place = private_buffer(i);
    const Type share = lanes_.share(whole);
    Part p;
    p.lanes = share.lanes;
    p.piece = piece_lanes(share);
    p.mask = part_of_mask(i, whole.lanes);
    const Value old_element = i.operands[tile::is_store(i.op) ? 1 : 0];
    if (place.kind == PrivateBuffer::share) {
        p.element = place_in_share(old_element, place.divisor);
        return p;
    }
    Value element = image(old_element);
    if (place.kind == PrivateBuffer::exchanged) {
        const std::int64_t size = from_.buffers[static_cast<std::size_t>(i.buffer)].size;
        const Value mine = b.mul(lanes_.member(), b.integer(size));
        element = b.add(element, b.splat(mine, b.type_of(element).lanes));
    }
    if (i.op == Op::gather || i.op == Op::scatter) {
        p.elements = element;
        p.in_runs = p.piece > 1 && i.imm >= p.piece;
        p.alignment = p.in_runs ? std::min(i.alignment, p.piece * size_of(share.scalar)) : 0;
        return p;
    }
    p.element = element;
    if (whole.lanes == 1) {
        p.alignment = i.alignment;
        return p;
    }
    Value offset = lanes_.first_lane(whole.lanes);
    if (i.op == Op::load_strided || i.op == Op::store_strided) {
        p.stride = image(i.operands[tile::is_store(i.op) ? 2 : 1]);
        offset = b.mul(offset, p.stride);
    } else {
        p.alignment = std::min(i.alignment, power_of_two_in(share.lanes * size_of(share.scalar)));
        p.alignment = std::min(p.alignment, p.piece * size_of(share.scalar));
    }
    p.element = place.kind == PrivateBuffer::exchanged ? b.add(element, offset) : sum(old_element, offset);
    return p;
}

Value TeamMemory::slice_of(Value v, int first, int lanes) {
    return !v || b.type_of(v).lanes == lanes ? v : b.slice(v, first, lanes);
}

/// A run is on or off as its first lane is.
Value TeamMemory::mask_of(const Part& part, int first) {
    if (!part.mask || !part.in_runs) return slice_of(part.mask, first, part.piece);
    return b.splat(b.extract(part.mask, first), part.piece);
}

Value TeamMemory::element_of(const Part& part, int first) {
    const Value distance = b.integer(first);
    return b.add(part.element, part.stride ? b.mul(distance, part.stride) : distance);
}

Value TeamMemory::load(const Instruction& i) {
    const Part p = part(i, from_.type_of(i.results[0]));
    std::vector<Value> pieces;
    for (int first = 0; first < p.lanes; first += p.piece) {
        const Value mask = mask_of(p, first);
        if (p.in_runs)
            pieces.push_back(b.load(i.buffer, b.extract(p.elements, first), p.piece, mask, p.alignment));
        else if (p.elements)
            pieces.push_back(b.gather(i.buffer, slice_of(p.elements, first, p.piece), mask));
        else if (p.stride)
            pieces.push_back(b.load_strided(i.buffer, element_of(p, first), p.stride, p.piece, mask));
        else
            pieces.push_back(b.load(i.buffer, element_of(p, first), p.piece, mask, p.alignment));
    }
    return b.concat(pieces);
}

void TeamMemory::store(const Instruction& i) {
    const Type whole = from_.type_of(i.operands[0]);
    Part p = part(i, whole);
    if (whole.lanes == 1 && private_buffer(i).kind != PrivateBuffer::whole && lanes_.threads() > 1) {
        const Value first = b.compare(Op::equal, lanes_.thread(), b.integer(0));
        p.mask = p.mask ? b.binary(Op::bit_and, p.mask, first) : first;
    }
    const Value value = image(i.operands[0]);
    for (int first = 0; first < p.lanes; first += p.piece) {
        const Value mask = mask_of(p, first);
        const Value piece = slice_of(value, first, p.piece);
        if (p.in_runs)
            b.store(i.buffer, piece, b.extract(p.elements, first), mask, false, p.alignment);
        else if (p.elements)
            b.scatter(i.buffer, piece, slice_of(p.elements, first, p.piece), mask);
        else if (p.stride)
            b.store_strided(i.buffer, piece, element_of(p, first), p.stride, mask);
        else
            b.store(i.buffer, piece, element_of(p, first), mask, false, p.alignment);
    }
}

}  // namespace sporkle::codegen
