#include "codegen/text/formula_text.hpp"

namespace sporkle::codegen {
namespace {

std::string text_of(const Formula::Factor& factor, const WordName& name) {
    std::string product;
    for (std::int32_t word : factor.words) product += (product.empty() ? "" : "*") + name(word);
    if (product.empty()) product = "1";
    if (factor.divisor == 1) return product;
    return "ceil(" + product + "/" + std::to_string(factor.divisor) + ")";
}

std::string text_of(const Formula::Term& term, const WordName& name) {
    std::string text;
    if (term.coefficient != 1 || term.factors.empty()) text = std::to_string(term.coefficient);
    for (const Formula::Factor& factor : term.factors)
        text += (text.empty() ? "" : "*") + text_of(factor, name);
    return text;
}

}  // namespace

std::string to_text(const Formula& formula, const WordName& name) {
    std::string text;
    for (const Formula::Term& term : formula.terms) text += (text.empty() ? "" : " + ") + text_of(term, name);
    return text.empty() ? "0" : text;
}

std::string to_text(const Formula& formula) {
    return to_text(formula, [](int word) { return "word[" + std::to_string(word) + "]"; });
}

}  // namespace sporkle::codegen
