module desk

go 1.26
