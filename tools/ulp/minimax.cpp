#include "tools/ulp/minimax.hpp"

#include <cstddef>

namespace sporkle::ulp {
namespace {

constexpr int exchanges = 12;       // convergence is quadratic; five are enough in practice
constexpr int points_between = 60;  // of the grid on which extrema are looked for, per coefficient

Real evaluate(const std::vector<Real>& coefficients, const Real& z) {
    Real sum = 0;
    for (std::size_t i = coefficients.size(); i-- > 0;) sum = sum * z + coefficients[i];
    return sum;
}

/// Solves a linear system by Gaussian elimination with pivoting; the last column is the right-hand side.
std::vector<Real> solve(std::vector<std::vector<Real>> rows) {
    const std::size_t n = rows.size();
    for (std::size_t column = 0; column < n; ++column) {
        std::size_t pivot = column;
        for (std::size_t r = column + 1; r < n; ++r)
            if (abs(rows[pivot][column]) < abs(rows[r][column])) pivot = r;
        std::swap(rows[pivot], rows[column]);
        for (std::size_t r = 0; r < n; ++r) {
            if (r == column) continue;
            const Real factor = rows[r][column] / rows[column][column];
            for (std::size_t c = column; c <= n; ++c) rows[r][c] = rows[r][c] - factor * rows[column][c];
        }
    }
    std::vector<Real> result;
    for (std::size_t r = 0; r < n; ++r) result.push_back(rows[r][n] / rows[r][r]);
    return result;
}

/// Chebyshev points: the extrema of cos on [low, high], ascending. None is 0, where targets tend to be 0/0: a
/// point so near that it makes no difference stands for it.
std::vector<Real> chebyshev(const Real& low, const Real& high, int count) {
    Real pi;
    mpfr_const_pi(pi.get(), MPFR_RNDN);
    std::vector<Real> points;
    for (int i = 0; i < count; ++i) {
        const Real z = (low + high) * 0.5 - (high - low) * 0.5 * cos(pi * (double(i) / (count - 1)));
        points.push_back(abs(z) < Real(0x1p-40) ? Real(0x1p-40) : z);
    }
    return points;
}

}  // namespace

Polynomial minimax(const Function& target, const Function& weight, const Real& low, const Real& high,
                   int degree) {
    const int unknowns = degree + 2;  // the coefficients and the levelled error
    std::vector<Real> points = chebyshev(low, high, unknowns);
    const std::vector<Real> grid = chebyshev(low, high, unknowns * points_between);
    std::vector<Real> targets, weights;
    for (const Real& z : grid) targets.push_back(target(z)), weights.push_back(weight(z));

    Polynomial best;
    for (int round = 0; round < exchanges; ++round) {
        // weight(z) · (P(z) - target(z)) = ± error at the points, with alternating signs
        std::vector<std::vector<Real>> rows;
        for (std::size_t i = 0; i < points.size(); ++i) {
            std::vector<Real> row;
            const Real w = weight(points[i]);
            Real power = w;
            for (int k = 0; k <= degree; ++k, power = power * points[i]) row.push_back(power);
            row.push_back(i % 2 == 0 ? 1 : -1);
            row.push_back(w * target(points[i]));
            rows.push_back(row);
        }
        std::vector<Real> solution = solve(rows);
        solution.pop_back();

        // The extremum of the error in each stretch of one sign; they become the points.
        std::vector<Real> extrema, values;
        Real largest = 0;
        for (std::size_t i = 0; i < grid.size(); ++i) {
            const Real error = weights[i] * (evaluate(solution, grid[i]) - targets[i]);
            if (largest < abs(error)) largest = abs(error);
            const bool new_stretch = values.empty() || (values.back() < Real(0)) != (error < Real(0));
            if (new_stretch) {
                extrema.push_back(grid[i]);
                values.push_back(error);
            } else if (abs(values.back()) < abs(error)) {
                extrema.back() = grid[i];
                values.back() = error;
            }
        }
        if (best.coefficients.empty() || largest < best.largest_error) best = {solution, largest};
        if (extrema.size() < points.size()) break;  // the error is at the limit of what the grid shows
        while (extrema.size() > points.size()) {    // drop the lesser end
            const bool first = abs(values.front()) < abs(values.back());
            const auto at = first ? 0 : static_cast<std::ptrdiff_t>(extrema.size()) - 1;
            extrema.erase(extrema.begin() + at);
            values.erase(values.begin() + at);
        }
        points = extrema;
    }
    return best;
}

Polynomial rounded_minimax(const Function& target, const Function& weight, const Real& low, const Real& high,
                           int degree, bool to_float) {
    const auto rounded = [&](const Real& x) { return Real(to_float ? double(float(x)) : double(x)); };
    const auto measure = [&](Polynomial& p) {
        p.largest_error = 0;
        for (const Real& z : chebyshev(low, high, 4000)) {
            const Real error = abs(weight(z) * (evaluate(p.coefficients, z) - target(z)));
            if (p.largest_error < error) p.largest_error = error;
        }
    };
    Polynomial together = minimax(target, weight, low, high, degree), in_turn;
    for (Real& c : together.coefficients) c = rounded(c);
    Function rest = target, rest_weight = weight;
    for (int k = 0; k <= degree; ++k) {
        const Real c = rounded(minimax(rest, rest_weight, low, high, degree - k).coefficients[0]);
        in_turn.coefficients.push_back(c);
        rest = [rest, c](const Real& z) { return (rest(z) - c) / z; };
        rest_weight = [rest_weight](const Real& z) { return rest_weight(z) * abs(z); };
    }
    measure(together);
    measure(in_turn);
    return in_turn.largest_error < together.largest_error ? in_turn : together;
}

}  // namespace sporkle::ulp
