.PHONY: setup run test check

setup: ## make .venv from the lock
	@./dev setup
run: ## Clarin on this machine, with a demo account
	@./dev run
test: ## every test
	@./dev test
check: ## what CI runs
	@./dev check
