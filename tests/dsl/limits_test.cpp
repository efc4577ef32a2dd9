// Kernels as large as program.hpp allows.
#include <cstddef>
#include <utility>

#include <gtest/gtest.h>

#include <sporkle/dsl.hpp>
#include <sporkle/validate.hpp>

namespace sporkle::testing {
namespace {

using namespace sporkle::dsl;
using sporkle::dsl::index;

constexpr auto i = index<"i">;
constexpr auto u = tensor<"u", f32, 1>;
constexpr auto v = tensor<"v", f32, 1>;
constexpr auto s = tensor<"s", f32, 0>;

template <std::size_t number>
constexpr auto numbered(char letter) {
    notation::FixedString<4> name;
    name.text[0] = letter;
    name.text[1] = static_cast<char>('0' + number / 10);
    name.text[2] = static_cast<char>('0' + number % 10);
    return name;
}
template <std::size_t number>
constexpr auto a = tensor<numbered<number>('a'), f32, 1>;
template <std::size_t number>
constexpr auto p = index<numbered<number>('p'), 2>;
template <std::size_t number>
constexpr auto q = scalar<numbered<number>('q'), f32>;

template <std::size_t... t>
consteval auto tensors(std::index_sequence<t...>) {
    return kernel<"tensors">(v(i) = (a<t>(i) + ...));
}
template <std::size_t... t>
consteval auto scalars(std::index_sequence<t...>) {
    return kernel<"scalars">(v(i) = (q<t> + ...));
}
template <std::size_t... t>
consteval auto indices_of_reductions(std::index_sequence<t...>) {
    return kernel<"indices">(s() = (sum(p<t>, p<t + 8>, u(p<t> + p<t + 8>)) + ...) +
                                   (sum(p<t + 16>, u(p<t + 16>)) + ...));
}
template <std::size_t... t>
consteval auto nodes(std::index_sequence<t...>) {
    return kernel<"nodes">(v(i) = -(... + (static_cast<void>(t), u(i))));
}
template <std::size_t... t>
consteval auto nodes_from_the_right(std::index_sequence<t...>) {
    return kernel<"nodes">(v(i) = -((static_cast<void>(t), u(i)) + ...));
}
template <std::size_t... t>
consteval auto accesses(std::index_sequence<t...>) {
    return kernel<"accesses">(v(i) = (u(i + static_cast<int>(t)) + ...));
}
template <std::size_t... t>
consteval auto statements(std::index_sequence<t...>) {
    return kernel<"statements">(a<t>(i) = u(i) * static_cast<int>(t)...);
}
template <std::size_t... t>
consteval auto ranks(std::index_sequence<t...>) {
    return kernel<"ranks">(s() = sum(p<t>..., tensor<"T", f32, 8>(p<t>...)),
                           v(i) = sum(p<0>, p<1>, p<2>, u(i + p<0> * 2 - p<1> + p<2> * 4)));
}

template <class K>
void check(const K& kernel) {
    EXPECT_EQ(validate(kernel.program()), "") << kernel.name();
}

TEST(Limits, AreReached) {
    static constexpr auto most_tensors = tensors(std::make_index_sequence<max_tensors - 1>{});
    check(most_tensors);
    EXPECT_EQ(most_tensors.program().tensor_count, max_tensors);
    static constexpr auto most_scalars = scalars(std::make_index_sequence<max_scalars>{});
    check(most_scalars);
    EXPECT_EQ(most_scalars.program().scalar_count, max_scalars);
    static constexpr auto most_indices = indices_of_reductions(std::make_index_sequence<8>{});
    check(most_indices);
    EXPECT_EQ(most_indices.program().index_count, max_indices);
    EXPECT_EQ(most_indices.program().reduction_count, max_reductions);
    static constexpr auto most_nodes = nodes(std::make_index_sequence<128>{});
    check(most_nodes);
    EXPECT_EQ(most_nodes.program().node_count, max_nodes);
    EXPECT_EQ(most_nodes.program().access_count, 1);
    static constexpr auto nested_nodes = nodes_from_the_right(std::make_index_sequence<128>{});
    check(nested_nodes);
    EXPECT_EQ(nested_nodes.program().node_count, max_nodes);
    static constexpr auto most_accesses = accesses(std::make_index_sequence<max_accesses>{});
    check(most_accesses);
    EXPECT_EQ(most_accesses.program().access_count, max_accesses);
    static constexpr auto most_statements = statements(std::make_index_sequence<max_statements>{});
    check(most_statements);
    EXPECT_EQ(most_statements.program().statement_count, max_statements);
    static constexpr auto highest_ranks = ranks(std::make_index_sequence<max_rank>{});
    check(highest_ranks);
    EXPECT_EQ(highest_ranks.program().reductions[0].count, max_rank);
}

TEST(Limits, LongestNameAndLargestExtent) {
    static constexpr auto longest = kernel<"a_name_that_goes_on_and_on_until_it_has_47_char">(v(i) = u(i));
    EXPECT_EQ(longest.name().size(), 47u);
    EXPECT_EQ(longest.program().name.view(), longest.name());
    constexpr auto largest = index<"largest", max_static_extent>;
    static constexpr auto total = kernel<"total">(s() = sum(largest, u(largest)));
    check(total);
}

}  // namespace
}  // namespace sporkle::testing
