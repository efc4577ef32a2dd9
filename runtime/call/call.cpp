#include "runtime/call/call.hpp"

#include <sporkle/error.hpp>

#include "runtime/call/overlap.hpp"

namespace sporkle::runtime {
namespace {

Footprint footprint(const Program& p, const TensorView& view, int tensor) {
    return {&view, p.tensors[tensor].rank, size_of(p.tensors[tensor].dtype)};
}

std::string quoted(const Name& name) { return "'" + std::string(name.view()) + "'"; }

std::string text(DType type) { return std::string(name_of(type)); }

bool same_elements(const TensorView& x, const TensorView& y, int rank) {
    if (x.data != y.data) return false;
    for (int d = 0; d < rank; ++d)
        if (x.extents[d] != y.extents[d] || (x.extents[d] > 1 && x.strides[d] != y.strides[d])) return false;
    return true;
}

}  // namespace

Call::Call(const Program& program, const Facts& facts, std::span<const Operand> operands)
    : program_(&program), facts_(&facts) {
    take(operands);
    extents_ = resolve_extents(program, arguments_);
    if (on_devices_) check_storage();
    for (int o = 0; o < facts.output_count; ++o) {
        const AddressRange range =
            address_range(footprint(program, tensors_[facts.outputs[o]], facts.outputs[o]));
        writes_nothing_ = writes_nothing_ && range.lowest == range.end;
    }
    if (writes_nothing_) return;
    separate_outputs();
    find_overlapped_inputs();
}

void Call::fail(const std::string& what) const {
    throw Error(ErrorCode::invalid_argument, "kernel " + quoted(program_->name) + ": " + what);
}

/// Operands that have the kernel's types and ranks become arguments.
void Call::take(std::span<const Operand> operands) {
    const Program& p = *program_;
    if (operands.size() != p.argument_count)
        fail("takes " + std::to_string(p.argument_count) + " arguments, but the call gives " +
             std::to_string(operands.size()));
    arguments_.resize(operands.size());
    for (std::size_t a = 0; a < operands.size(); ++a) {
        const Operand& given = operands[a];
        const Argument& expected = p.arguments[a];
        const auto where = [&] { return "argument " + std::to_string(a + 1) + " is the "; };
        if (expected.is_scalar) {
            const Scalar& scalar = p.scalars[expected.number];
            const auto wanted = [&] {
                return where() + "scalar " + quoted(scalar.name) + " of type " + text(scalar.dtype);
            };
            if (!given.is_scalar) fail(wanted() + ", but the call gives a tensor");
            if (given.dtype != scalar.dtype)
                fail(wanted() + ", but the call gives a number of type " + text(given.dtype));
            const int unused = 64 - 8 * size_of(scalar.dtype);
            arguments_[a].scalar = scalars_[expected.number] = given.bits << unused >> unused;
            continue;
        }
        const Tensor& tensor = p.tensors[expected.number];
        const auto wanted = [&] { return where() + "tensor " + quoted(tensor.name); };
        if (given.is_scalar) fail(wanted() + ", but the call gives a number");
        if (given.dtype != tensor.dtype)
            fail(wanted() + " of type " + text(tensor.dtype) + ", but the call gives elements of type " +
                 text(given.dtype));
        if (given.rank != tensor.rank)
            fail(wanted() + " of rank " + std::to_string(tensor.rank) + ", but the call gives rank " +
                 std::to_string(given.rank));
        if (given.read_only && tensor.role == Role::output)
            fail(wanted() + ", an output, but the call gives memory that may only be read");
        TensorView& view = arguments_[a].tensor;
        view.data = given.data;
        for (int d = 0; d < tensor.rank; ++d) {
            view.extents[d] = given.extents[d];
            view.strides[d] = given.strides[d];
        }
        tensors_[expected.number] = view;
        storages_[expected.number] = given.storage;
        on_devices_ = on_devices_ || given.storage != nullptr;
    }
}

/// What lies in the memory of a device lies in its array.
void Call::check_storage() const {
    for (int t = 0; t < program_->tensor_count; ++t) {
        if (storages_[t] == nullptr || storages_[t]->buffer() == nullptr) continue;
        const DeviceBuffer& buffer = *storages_[t]->buffer();
        const AddressRange range = address_range(footprint(*program_, tensors_[t], t));
        if (range.lowest == range.end) continue;
        if (range.lowest < buffer.address() || range.end - buffer.address() > buffer.bytes())
            fail("tensor " + quoted(program_->tensors[t].name) + " reaches beyond the array on " +
                 storages_[t]->device().info().name + " that it was said to lie in");
    }
}

bool Call::may_overlap(int x, int y) const {
    const auto memory = [&](int t) { return storages_[t] == nullptr ? nullptr : &storages_[t]->device(); };
    return memory(x) == memory(y) &&
           overlap(footprint(*program_, tensors_[x], x), footprint(*program_, tensors_[y], y));
}

void Call::separate_outputs() const {
    for (int o = 0; o < facts_->output_count; ++o) {
        for (int other = 0; other < o; ++other) {
            const int x = facts_->outputs[other], y = facts_->outputs[o];
            if (may_overlap(x, y))
                fail("outputs " + quoted(program_->tensors[x].name) + " and " +
                     quoted(program_->tensors[y].name) + " share memory");
        }
    }
}

void Call::find_overlapped_inputs() {
    const Program& p = *program_;
    for (int i = 0; i < facts_->input_count; ++i) {
        const int input = facts_->inputs[i];
        for (int o = 0; o < facts_->output_count; ++o) {
            const int output = facts_->outputs[o];
            if (!may_overlap(input, output)) continue;
            if (facts_->in_place[input][output] &&
                same_elements(tensors_[input], tensors_[output], p.tensors[input].rank) &&
                size_of(p.tensors[input].dtype) == size_of(p.tensors[output].dtype)) {
                works_in_place_ = true;
                continue;
            }
            must_be_copied_[input] = true;
            break;
        }
    }
}

void Call::write_words(std::uint64_t* words) const {
    const Program& p = *program_;
    const ParameterBlock& block = facts_->block;
    for (int t = 0; t < p.tensor_count; ++t) {
        if (p.tensors[t].role == Role::temporary) continue;
        words[block.address(t)] = reinterpret_cast<std::uintptr_t>(tensors_[t].data);
        for (int d = 0; d < p.tensors[t].rank; ++d) {
            words[block.stride(t, d)] = static_cast<std::uint64_t>(tensors_[t].strides[d]);
            words[block.extent(p, t, d)] = static_cast<std::uint64_t>(tensors_[t].extents[d]);
        }
    }
    for (int i = 0; i < p.index_count; ++i)
        words[block.index(i)] = static_cast<std::uint64_t>(extents_.index[i]);
    for (int s = 0; s < p.scalar_count; ++s) words[block.scalar(s)] = scalars_[s];
}

}  // namespace sporkle::runtime
