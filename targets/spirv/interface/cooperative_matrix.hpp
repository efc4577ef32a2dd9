// SPV_KHR_cooperative_matrix, SPV_KHR_bfloat16 and the NVIDIA extensions upon them, whose enumerants Debian
// 12's SPIR-V headers lack. Numbers and operands are those of the published extension specifications
// (registry.khronos.org/SPIR-V: SPV_KHR_cooperative_matrix, SPV_KHR_bfloat16, SPV_NV_cooperative_matrix2,
// SPV_NV_tensor_addressing).
#pragma once

#include <cstdint>

namespace sporkle::spirv::cooperative_matrix {

inline constexpr char extension[] = "SPV_KHR_cooperative_matrix";
inline constexpr char extension_2[] = "SPV_NV_cooperative_matrix2";
inline constexpr char tensor_extension[] = "SPV_NV_tensor_addressing";
inline constexpr char bfloat16_extension[] = "SPV_KHR_bfloat16";

enum class Capability : std::uint32_t {
    bfloat16 = 5116,                ///< BFloat16TypeKHR: OpTypeFloat with an encoding behind the width
    bfloat16_matrix = 5118,         ///< BFloat16CooperativeMatrixKHR
    reductions = 5430,              ///< CooperativeMatrixReductionsNV
    conversions = 5431,             ///< CooperativeMatrixConversionsNV
    per_element_operations = 5432,  ///< CooperativeMatrixPerElementOperationsNV
    tensor_addressing = 5433,       ///< CooperativeMatrixTensorAddressingNV, for the next one's loads
    block_loads = 5434,             ///< CooperativeMatrixBlockLoadsNV
    tensors = 5439,                 ///< TensorAddressingNV
    cooperative_matrix = 6022,      ///< CooperativeMatrixKHR
};

/// Operands behind result type and result; «ids» unless said otherwise.
enum class Op : std::uint32_t {
    type = 4456,          ///< component type, scope, rows, columns, use (constants); result without type
    load = 4457,          ///< pointer, layout [, stride [, memory operands as literals]]
    store = 4458,         ///< no result: pointer, object, layout [, stride [, memory operands as literals]]
    mul_add = 4459,       ///< A, B, C [, Operand mask as a literal]
    length = 4460,        ///< matrix type
    convert = 5293,       ///< matrix: to another use or component type
    reduce = 5366,        ///< matrix, Reduce mask as a literal, combining function
    load_tensor = 5367,   ///< pointer, object, tensor layout, memory operands, addressing operands (literals)
    store_tensor = 5368,  ///< no result: pointer, object, tensor layout, memory and addressing operands
    per_element = 5369,   ///< matrix, function, operands of it
    type_tensor_layout = 5370,       ///< dimensions, clamp mode (constants); result without type
    type_tensor_view = 5371,         ///< dimensions, has dimensions, permutation… (constants)
    create_tensor_layout = 5372,     ///< nothing
    tensor_layout_dimension = 5373,  ///< layout, extents…
    tensor_layout_stride = 5374,     ///< layout, strides…
    tensor_layout_slice = 5375,      ///< layout, offset and extent for each dimension
    tensor_layout_clamp = 5376,      ///< layout, value
    create_tensor_view = 5377,       ///< nothing
    tensor_view_dimension = 5378,    ///< view, extents…
    tensor_view_stride = 5379,       ///< view, strides…
    tensor_view_clip = 5382,         ///< view, row offset, rows, column offset, columns
    tensor_layout_block = 5384,      ///< layout, block sizes…
    transpose = 5390,                ///< matrix: an accumulator as factor B
};

/// The encoding of OpTypeFloat that is bfloat16: BFloat16KHR.
inline constexpr std::uint32_t bfloat16_encoding = 0;

enum class Use : std::uint32_t { a = 0, b = 1, accumulator = 2 };
enum class Layout : std::uint32_t { row_major = 0, column_major = 1 };

/// Mask of mul_add for integer components.
enum Operand : std::uint32_t {
    a_signed = 1,
    b_signed = 2,
    c_signed = 4,
    result_signed = 8,
    saturating = 16,
};
/// Mask of reduce.
enum Reduce : std::uint32_t { rows = 1, columns = 2, two_by_two = 4 };
enum class Clamp : std::uint32_t { undefined = 0, constant = 1, to_edge = 2, repeat = 3, mirrored = 4 };
/// Mask of load_tensor and store_tensor, each followed by an id.
enum Addressing : std::uint32_t { tensor_view = 1, decode_function = 2 };

/// Whether an opcode is one of the above, and if so what stands before its operands.
struct Form {
    bool known = false, has_type = false, has_result = false;
};
constexpr Form form_of(std::uint32_t opcode) {
    switch (Op(opcode)) {
        case Op::type:
        case Op::type_tensor_layout:
        case Op::type_tensor_view:
            return {true, false, true};
        case Op::store:
        case Op::store_tensor:
            return {true, false, false};
        case Op::load:
        case Op::mul_add:
        case Op::length:
        case Op::convert:
        case Op::reduce:
        case Op::load_tensor:
        case Op::per_element:
        case Op::create_tensor_layout:
        case Op::tensor_layout_dimension:
        case Op::tensor_layout_stride:
        case Op::tensor_layout_slice:
        case Op::tensor_layout_clamp:
        case Op::create_tensor_view:
        case Op::tensor_view_dimension:
        case Op::tensor_view_stride:
        case Op::tensor_view_clip:
        case Op::tensor_layout_block:
        case Op::transpose:
            return {true, true, true};
        default:
            return {};
    }
}

}  // namespace sporkle::spirv::cooperative_matrix
