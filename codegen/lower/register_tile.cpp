#include "codegen/lower/register_tile.hpp"

namespace sporkle::codegen {

using tile::Value;

std::vector<Value> outer_product(tile::Builder& b, std::span<const Value> rows,
                                 std::span<const Value> columns, std::span<const Value> sums,
                                 bool flush_safe) {
    std::vector<Value> next(sums.begin(), sums.end());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Value row = b.splat(rows[i], b.type_of(columns[0]).lanes);
        for (std::size_t v = 0; v < columns.size(); ++v) {
            Value& sum = next[i * columns.size() + v];
            sum = b.fma(row, columns[v], sum, flush_safe);
        }
    }
    return next;
}

void write_sum(StageWriter& w, const Stage& stage, const Access& target, Value sum, const Point& at) {
    auto memo = w.memo();
    memo[static_cast<std::size_t>(stage.reduce)] = sum;
    w.store(target, w.evaluate(stage.root, at, memo), at);
}

}  // namespace sporkle::codegen
