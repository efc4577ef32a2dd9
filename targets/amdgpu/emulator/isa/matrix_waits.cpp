#include "targets/amdgpu/emulator/isa/matrix_waits.hpp"

#include <charconv>
#include <string_view>

namespace sporkle::amdgpu::emulator {
namespace {

bool is_cdna3(const Chip& chip) { return chip.scope_bits; }

enum class Engine { f64, single, xdl };  ///< of gfx942; gfx90a has the last for all but f64

struct MatrixKind {
    Engine engine = Engine::xdl;
    int rows = 0;
    int passes = 0;  ///< of four cycles each
};

/// From a name such as v_mfma_f32_16x16x4f16 (gfx90a) or v_mfma_f32_16x16x4_4b_f16 (gfx942).
MatrixKind kind_of(const Chip& chip, const Instruction& i) {
    const std::string_view name = i.mnemonic;
    const std::size_t type_end = name.find('_', sizeof "v_mfma_");
    const std::string_view shape = name.substr(type_end + 1);
    int rows = 0, depth = 0;
    std::from_chars(shape.data(), shape.data() + shape.size(), rows);
    const std::string_view of_depth = shape.substr(shape.find('x', shape.find('x') + 1) + 1);
    std::from_chars(of_depth.data(), of_depth.data() + of_depth.size(), depth);
    MatrixKind kind;
    kind.rows = rows;
    if (name.ends_with("f64")) {
        kind.engine = Engine::f64;
        kind.passes = rows == 4 ? 4 : 8;
    } else if (!is_cdna3(chip)) {
        kind.passes = rows == 4 ? 2 : rows == 16 ? 8 : 16;
    } else {
        const bool narrow = name.ends_with("xf32");
        kind.engine = name.ends_with("f32") && !narrow ? Engine::single : Engine::xdl;
        // Instructions that fill the units with deep products take half as long.
        const bool deep = depth >= 8 || (narrow && depth >= 4);
        kind.passes = rows == 4 ? 2 : (rows == 16 ? 8 : 16) / (deep ? 2 : 1);
    }
    return kind;
}

bool same_registers(const Operand& a, const Operand& b) {
    return a.unit == b.unit && a.index == b.index && a.words == b.words;
}

/// The factors of a matrix instruction, and what other instructions do with a result.
int result_wait(const Chip& chip, const MatrixKind& earlier) {
    if (is_cdna3(chip)) return earlier.passes + (earlier.engine == Engine::xdl ? 3 : 2);
    return earlier.passes + 3;
}

}  // namespace

int matrix_after_matrix(const Chip& chip, const Instruction& earlier, const Instruction& later, int use) {
    const MatrixKind before = kind_of(chip, earlier), now = kind_of(chip, later);
    if (use < 2) {
        if (before.engine == Engine::f64) return before.rows == 4 ? 6 : 11;
        return result_wait(chip, before);
    }
    const bool from_f64 = before.engine == Engine::f64, to_f64 = now.engine == Engine::f64;
    if (!to_f64 && from_f64 && !is_cdna3(chip)) return 0;
    if (same_registers(earlier.def[0], later.use[2])) {
        if (from_f64 && to_f64 && before.rows == 4 && now.rows == 4) return 4;
        return is_cdna3(chip) && before.passes == 2 ? 2 : 0;
    }
    if (from_f64) return now.engine == Engine::xdl ? 0 : before.rows == 4 ? 4 : 9;
    if (is_cdna3(chip)) {
        if (now.engine == Engine::xdl && before.engine != Engine::xdl) return 0;
        return before.passes + (before.engine == Engine::xdl ? 1 : 0);
    }
    return before.passes + (to_f64 ? 1 : 0);
}

int read_after_matrix(const Chip& chip, const Instruction& earlier, bool by_memory) {
    const MatrixKind before = kind_of(chip, earlier);
    if (before.engine != Engine::f64) return result_wait(chip, before);
    return before.rows == 4 ? (by_memory ? 9 : 6) : (by_memory ? 18 : 11);
}

int write_after_matrix(const Chip& chip, const Instruction& earlier) {
    return read_after_matrix(chip, earlier, false);
}

int write_after_matrix_read(const Chip& chip, const Instruction& earlier) {
    const MatrixKind before = kind_of(chip, earlier);
    if (before.engine == Engine::f64) return 0;
    return before.passes - 1;
}

}  // namespace sporkle::amdgpu::emulator
