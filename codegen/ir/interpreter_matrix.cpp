// Steps on fragments, which lie in the frame by rows. Where several members hold a fragment together, the
// first of them does the work and the others nothing, since none can use a fragment in another way. Nobody
// knows which of them touches which element, so each access counts as that of a member of its own: what
// another one touched since the last barrier must not be written, whoever that was.
#include "codegen/ir/interpreter_memory.hpp"

namespace sporkle::tile::interpreter {
namespace {

bool is_first_holder(const Machine& m) { return m.member % m.holders == 0; }

std::uint32_t whoever(Machine& m) {
    if (m.holders == 1) return m.member;
    return static_cast<std::uint32_t>(m.members.size()) + m.fragment_access++;
}

/// A fragment's lines in memory: `count` elements side by side each, `pitch` apart.
struct Lines {
    const Area& area;
    std::int64_t element = 0, pitch = 0;
    int lines = 0, count = 0;

    Lines(Machine& m, const Step& s, int where)
        : area(m.areas[static_cast<std::size_t>(s.buffer)]),
          element(*m.at<std::int64_t>(s.operand[where])),
          pitch(*m.at<std::int64_t>(s.operand[where + 1])),
          lines(s.imm == 0 ? s.rows : s.columns),
          count(s.imm == 0 ? s.columns : s.rows) {}

    template <DType T>
    std::byte* line(const Step& s, int number) const {
        std::int64_t first = 0;
        if (__builtin_mul_overflow(pitch, std::int64_t{number}, &first) ||
            __builtin_add_overflow(element, first, &first) || first < area.lowest ||
            first > area.highest - count + 1)
            throw Fault{s.source, "line " + std::to_string(number) + " reaches outside elements " +
                                      std::to_string(area.lowest) + " … " + std::to_string(area.highest)};
        return area.base + first * static_cast<std::int64_t>(sizeof(Native<T>));
    }
};

/// Where element (line, place) of memory stands in the frame.
std::size_t index_of(const Step& s, int line, int place) {
    return static_cast<std::size_t>(s.imm == 0 ? line * s.columns + place : place * s.columns + line);
}

constexpr std::size_t most_places = Type::longest_side;

template <DType T>
void run_load(Machine& m, const Step& s) {
    if (!is_first_holder(m)) return;
    const Lines lines(m, s, 0);
    const std::uint32_t who = whoever(m);
    Native<T> values[most_places];
    auto* const result = m.at<Native<T>>(s.result);
    for (int l = 0; l < lines.lines; ++l) {
        read<T>(m, s, lines.area, values, lines.line<T>(s, l), static_cast<std::size_t>(lines.count), who);
        for (int p = 0; p < lines.count; ++p) result[index_of(s, l, p)] = values[p];
    }
}

template <DType T>
void run_store(Machine& m, const Step& s) {
    if (!is_first_holder(m)) return;
    const Lines lines(m, s, 1);
    const std::uint32_t who = whoever(m);
    Native<T> values[most_places];
    const auto* const value = m.at<Native<T>>(s.operand[0]);
    for (int l = 0; l < lines.lines; ++l) {
        for (int p = 0; p < lines.count; ++p) values[p] = value[index_of(s, l, p)];
        write<T>(m, s, lines.area, lines.line<T>(s, l), values, static_cast<std::size_t>(lines.count), who);
    }
}

/// In ascending order of the products, which are rounded where the accumulator's type does not hold them.
template <DType Factor, DType Sum>
void run_multiply_add(Machine& m, const Step& s) {
    if (!is_first_holder(m)) return;
    const auto* const left = m.at<Native<Factor>>(s.operand[0]);
    const auto* const right = m.at<Native<Factor>>(s.operand[1]);
    const auto* const sums = m.at<Native<Sum>>(s.operand[2]);
    auto* const result = m.at<Native<Sum>>(s.result);
    const auto rows = std::size_t{s.rows}, columns = std::size_t{s.columns},
               products = std::size_t{s.products};
    Native<Sum> factors[most_places];  // a row of the right factor
    std::memcpy(static_cast<void*>(result), sums, rows * columns * sizeof(Native<Sum>));
    for (std::size_t k = 0; k < products; ++k) {
        for (std::size_t c = 0; c < columns; ++c) factors[c] = converted<Factor, Sum>(right[k * columns + c]);
        for (std::size_t r = 0; r < rows; ++r) {
            const Native<Sum> factor = converted<Factor, Sum>(left[r * products + k]);
            for (std::size_t c = 0; c < columns; ++c) {
                Native<Sum>& sum = result[r * columns + c];
                sum = compute<Op::add, Sum>(compute<Op::mul, Sum>(factor, factors[c]), sum);
            }
        }
    }
}

void run_convert(Machine& m, const Step& s) {
    if (!is_first_holder(m)) return;
    const auto* const from = m.at<Native<DType::f32>>(s.operand[0]);
    auto* const result = m.at<Native<DType::f16>>(s.result);
    for (std::size_t n = 0; n < std::size_t{s.rows} * s.columns; ++n)
        result[n] = converted<DType::f32, DType::f16>(from[n]);
}

}  // namespace

Run matrix_step(Op op, DType element, DType factor) {
    if (op == Op::matrix_convert) return run_convert;
    if (op != Op::matrix_multiply_add)
        return with_dtype(
            element, [&]<DType T>() -> Run { return op == Op::matrix_load ? run_load<T> : run_store<T>; });
    switch (factor) {
        case DType::f16:
            return run_multiply_add<DType::f16, DType::f32>;
        case DType::bf16:
            return run_multiply_add<DType::bf16, DType::f32>;
        case DType::f32:
            return run_multiply_add<DType::f32, DType::f32>;
        case DType::f64:
            return run_multiply_add<DType::f64, DType::f64>;
        case DType::i8:
            return run_multiply_add<DType::i8, DType::i32>;
        default:
            return run_multiply_add<DType::u8, DType::i32>;
    }
}

}  // namespace sporkle::tile::interpreter
