// How a dispatch moves and multiplies fragments. Memory is reached by pointers into arrays: those of shared
// buffers, in elements or vectors of them, and behind addresses an array without end.
//
// Shared memory is ordered by barriers in the Vulkan memory model, so accesses to it are non-private there
// and the barriers make them available and visible (kernel_writer.cpp).
#include <stdexcept>

#include "codegen/ir/rules.hpp"
#include "targets/spirv/emit/fragments.hpp"
#include "targets/spirv/emit/kernel_writer.hpp"
#include "targets/spirv/interface/cooperative_matrix.hpp"

namespace sporkle::spirv {

using tile::Instruction;
using tile::Op;
namespace matrix = cooperative_matrix;

namespace {

constexpr std::uint32_t alignment =
    16;  ///< bytes, which Vulkan asks of pointer and stride where lines are as long

}  // namespace

/// A pointer, the distance of lines in units of what it points to, and the memory operands.
struct KernelWriter::FragmentPlace {
    Id pointer = 0, stride = 0;
    Words operands;
    DType element = DType::f32;
    bool is_local = false;
};

/// The `element`th of a buffer behind an address: of an array at the address itself.
Id KernelWriter::pointer_into_array(const Instruction& x, tile::Value element, DType type) {
    const Id address = this->address(x, {element, {}, false}, 0);
    const Id member = types().in_memory(type);
    Id& block = arrays_[type];
    if (block == 0) {
        Module& module = code_.module();
        if (size_of(type) == 1) module.require(spv::Capability::StorageBuffer8BitAccess);
        if (size_of(type) == 2) module.require(spv::Capability::StorageBuffer16BitAccess);
        const Id array = module.declare_new(spv::Op::OpTypeRuntimeArray, 0, {member});
        module.decorate(array, spv::Decoration::ArrayStride, {static_cast<std::uint32_t>(size_of(type))});
        block = module.declare_new(spv::Op::OpTypeStruct, 0, {array});
        module.decorate(block, spv::Decoration::Block);
        module.decorate_member(block, 0, spv::Decoration::Offset, {0});
    }
    constexpr auto storage = spv::StorageClass::PhysicalStorageBuffer;
    const Id base = code_.value(spv::Op::OpConvertUToPtr, types().pointer(storage, block), {address});
    const Id zero = types().word(std::uint32_t{0});
    return code_.value(spv::Op::OpAccessChain, types().pointer(storage, member), {base, zero, zero});
}

KernelWriter::FragmentPlace KernelWriter::fragment_place(const Instruction& x) {
    using Mask = spv::MemoryAccessMask;
    const std::size_t at = tile::writes(x.op) ? 1 : 0;
    const tile::Value element = x.operands[at], pitch = x.operands[at + 1];
    const auto local = locals_[static_cast<std::size_t>(x.buffer)].get();
    FragmentPlace place;
    place.element = kernel_.buffers[static_cast<std::size_t>(x.buffer)].dtype;
    place.is_local = local != nullptr;
    if (local != nullptr) {
        place.pointer = local->pointer_to(local_block({element, {}, false}, *local));
        place.stride = local->vector_lanes() == 1 ? narrow(pitch)[0] : quotient(pitch, local->vector_lanes());
        if (place.stride == 0)
            throw std::logic_error("spirv: kernel '" + kernel_.name +
                                   "': lines of a fragment begin inside vectors");
        place.operands = {static_cast<std::uint32_t>(Mask::NonPrivatePointer)};
    } else {
        place.pointer = pointer_into_array(x, element, place.element);
        place.stride = narrow(pitch)[0];
        Mask mask = Mask::Aligned;
        if (ordered_) mask = mask | Mask::NonPrivatePointer;
        place.operands = {static_cast<std::uint32_t>(mask), alignment};
    }
    return place;
}

Id KernelWriter::fragment(const Instruction& x) {
    const tile::Type type = kernel_.type_of(x.results[0]);
    const Id form = fragment_type(code_.module(), types(), type);
    if (x.op == Op::matrix_multiply_add) {
        Words operands;
        for (const tile::Value v : x.operands) operands.push_back(wide(v)[0]);
        std::uint32_t is_signed_component = 0;
        if (is_integer(type.scalar)) is_signed_component = matrix::c_signed | matrix::result_signed;
        if (kernel_.type_of(x.operands[0]).scalar == DType::i8)
            is_signed_component |= matrix::a_signed | matrix::b_signed;
        if (is_signed_component != 0) operands.push_back(is_signed_component);
        return code_.value(static_cast<spv::Op>(matrix::Op::mul_add), form, std::span<const Id>(operands));
    }
    if (x.op == Op::matrix_convert) return code_.value(spv::Op::OpFConvert, form, {wide(x.operands[0])[0]});
    const FragmentPlace place = fragment_place(x);
    if (is_tensor(place)) {
        Words operands{place.pointer, fragment_constant(code_.module(), types(), type, 0)};
        add_tensor(x, place, type, operands);
        return code_.value(static_cast<spv::Op>(matrix::Op::load_tensor), form,
                           std::span<const Id>(operands));
    }
    Words operands{place.pointer, layout(x), place.stride};
    operands.insert(operands.end(), place.operands.begin(), place.operands.end());
    return code_.value(static_cast<spv::Op>(matrix::Op::load), form, std::span<const Id>(operands));
}

void KernelWriter::store_fragment(const Instruction& x) {
    const FragmentPlace place = fragment_place(x);
    Words operands{place.pointer, wide(x.operands[0])[0]};
    if (is_tensor(place)) {
        add_tensor(x, place, kernel_.type_of(x.operands[0]), operands);
        code_.effect(static_cast<spv::Op>(matrix::Op::store_tensor), std::span<const Id>(operands));
        return;
    }
    operands.insert(operands.end(), {layout(x), place.stride});
    operands.insert(operands.end(), place.operands.begin(), place.operands.end());
    code_.effect(static_cast<spv::Op>(matrix::Op::store), std::span<const std::uint32_t>(operands));
}

/// A workgroup's matrices come from tensors and go there by the tensor instructions, which its drivers make
/// fast.
bool KernelWriter::is_tensor(const FragmentPlace& place) {
    return types().matrix_scope == spv::Scope::Workgroup && !place.is_local;
}

/// Appends a layout of the fragment's lines, the memory operands, and a view where lines are columns. That
/// lines are aligned is said by the low bits of their distance, which drivers can see.
void KernelWriter::add_tensor(const Instruction& x, const FragmentPlace& place, tile::Type type,
                              Words& operands) {
    code_.module().require(static_cast<spv::Capability>(matrix::Capability::tensors));
    code_.module().require(static_cast<spv::Capability>(matrix::Capability::tensor_addressing));
    code_.module().require_extension(matrix::extension_2);
    code_.module().require_extension(matrix::tensor_extension);
    const bool by_columns = x.imm != 0;
    const auto word = [&](std::uint32_t value) { return types().word(value); };
    const Id lines = word(by_columns ? type.columns : type.rows);
    const Id length = word(by_columns ? type.rows : type.columns);
    const Id stride = code_.value(
        spv::Op::OpBitwiseAnd, types().word(),
        {place.stride, word(~(alignment / static_cast<std::uint32_t>(size_of(place.element)) - 1))});
    const auto op = [](matrix::Op number) { return static_cast<spv::Op>(number); };
    const Id form = code_.module().declare(op(matrix::Op::type_tensor_layout), 0, {word(2), word(0)});
    Id layout = code_.value(op(matrix::Op::create_tensor_layout), form, {});
    layout = code_.value(op(matrix::Op::tensor_layout_dimension), form, {layout, lines, length});
    layout = code_.value(op(matrix::Op::tensor_layout_stride), form, {layout, stride, word(1)});
    layout =
        code_.value(op(matrix::Op::tensor_layout_slice), form, {layout, word(0), lines, word(0), length});
    operands.push_back(layout);
    operands.insert(operands.end(), place.operands.begin(), place.operands.end());
    if (!by_columns) return operands.push_back(0);
    const Id transposing = code_.module().declare(op(matrix::Op::type_tensor_view), 0,
                                                  {word(2), types().boolean(false), word(1), word(0)});
    operands.push_back(matrix::tensor_view);
    operands.push_back(code_.value(op(matrix::Op::create_tensor_view), transposing, {}));
}

Id KernelWriter::layout(const Instruction& x) {
    return types().word(
        static_cast<std::uint32_t>(x.imm == 0 ? matrix::Layout::row_major : matrix::Layout::column_major));
}

}  // namespace sporkle::spirv
