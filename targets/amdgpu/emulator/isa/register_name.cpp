#include "targets/amdgpu/emulator/isa/register_name.hpp"

#include <algorithm>

namespace sporkle::amdgpu::emulator {
namespace {

struct Special {
    std::string_view name;
    int index;
    int words;
};
/// Longer names first: the first one that starts the register's name is taken.
constexpr Special special[] = {
    {"VCC_LO", slot::vcc, 1},
    {"VCC_HI", slot::vcc + 1, 1},
    {"VCC", slot::vcc, 2},
    {"EXEC_LO", slot::exec, 1},
    {"EXEC_HI", slot::exec + 1, 1},
    {"EXEC", slot::exec, 2},
    {"M0", slot::m0, 1},
    {"SGPR_NULL_HI", slot::null, 1},
    {"SGPR_NULL64", slot::null, 2},
    {"SGPR_NULL", slot::null, 1},
    {"FLAT_SCR_LO", slot::flat_scratch, 1},
    {"FLAT_SCR_HI", slot::flat_scratch + 1, 1},
    {"FLAT_SCR", slot::flat_scratch, 2},
    {"XNACK_MASK_LO", 104, 1},
    {"XNACK_MASK_HI", 105, 1},
    {"XNACK_MASK", 104, 2},
    {"SRC_SHARED_BASE", slot::shared_base, 2},
    {"SRC_SHARED_LIMIT", slot::shared_limit, 2},
    {"SRC_PRIVATE_BASE", slot::private_base, 2},
    {"SRC_PRIVATE_LIMIT", slot::private_limit, 2},
    {"SRC_SCC", slot::scc, 1},
    {"SRC_VCCZ", slot::vccz, 1},
    {"SRC_EXECZ", slot::execz, 1},
};

struct Numbered {
    std::string_view prefix;
    Unit unit;
    int first;
};
constexpr Numbered numbered[] = {
    {"VGPR", Unit::vector, 0},
    {"AGPR", Unit::accumulator, 0},
    {"SGPR", Unit::scalar, 0},
    {"TTMP", Unit::scalar, slot::ttmp},
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

Operand register_operand(std::string_view name) {
    Operand result;
    for (const Numbered& file : numbered) {
        if (!name.starts_with(file.prefix) || name.size() == file.prefix.size() ||
            !is_digit(name[file.prefix.size()]))
            continue;
        int number = 0;
        for (std::size_t k = file.prefix.size(); k < name.size() && is_digit(name[k]); ++k)
            number = number * 10 + (name[k] - '0');
        int words = 0;
        for (std::size_t at = 0; (at = name.find(file.prefix, at)) != name.npos; at += file.prefix.size())
            ++words;
        result.unit = file.unit;
        result.index = static_cast<std::uint16_t>(file.first + number);
        result.words = static_cast<std::uint8_t>(words);
        result.high_half = name.ends_with("_HI16");
        return result;
    }
    for (const Special& entry : special) {
        if (!name.starts_with(entry.name)) continue;
        result.unit = Unit::scalar;
        result.index = static_cast<std::uint16_t>(entry.index);
        result.words = static_cast<std::uint8_t>(entry.words);
        return result;
    }
    return result;
}

}  // namespace sporkle::amdgpu::emulator
